// Who and what there is, looked up by id. Filled from the sandbox, read by everything that draws.
import { get } from "./api.js";

/** makeWorld gives the lookups. refresh() reads people, channels and groups again for the acting person. */
export function makeWorld() {
  const world = {
    people: [], users: [], channels: [], directs: [], groups: [], commands: [], shortcuts: [], app: { name: "accountops" },
    acting: sessionStorage.getItem("acting") || "", place: "",
    person: (id) => world.users.find((p) => p.id === id) ?? world.people.find((p) => p.id === id),
    channel: (id) => world.channels.find((c) => c.id === id) ?? world.directs.find((c) => c.id === id),
    group: (id) => world.groups.find((g) => g.id === id),
    me: () => world.people.find((p) => p.id === world.acting),
    byRole: (role) => world.people.find((p) => p.role === role),
    botName: () => world.app.name,
    mine: () => world.channels.filter((c) => !c.members || c.members.includes(world.acting)),
    audience: () => (world.channel(world.place)?.members ?? world.people.map((p) => p.id)).filter((id) => id !== world.app.user_id).length,
  };
  world.refresh = async () => {
    const [people, channels, app, groups] = await Promise.all([get("people"), get("slack/channels"), get("slack/app"), get("slack/usergroups")]);
    Object.assign(world, { people: people.people, channels: channels.channels, app: app.app, users: app.users, commands: app.commands,
      shortcuts: app.shortcuts, homeTab: app.home_tab, messagesTab: app.messages_tab, groups: groups.usergroups, connected: app.connections > 0 });
    if (!world.me()) world.acting = (world.byRole("requester") ?? world.people[0])?.id ?? "";
    world.directs = (await get("slack/dms", { user: world.acting })).channels;
  };
  return world;
}

const words = { requester: "asks", approver: "approver", second_approver: "second approver", bystander: "bystander", guest: "guest" };

/** roleOf says in words what somebody's part is. */
export const roleOf = (person) => words[person.role] ?? person.title ?? "";
