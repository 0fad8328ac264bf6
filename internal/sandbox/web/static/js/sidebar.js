// The sidebar: who one is, and where one may go.
import { button, h, reconcile } from "./dom.js";
import { avatar, initials } from "./message.js";
import { roleOf } from "./world.js";

/** mountSidebar draws the sidebar. actions: act(userId), open(channelId). It gives draw(unread). */
export function mountSidebar(root, world, actions) {
  const people = h("div", { class: "people", role: "radiogroup", "aria-labelledby": "acting-title" });
  const channels = h("ul", { class: "channels" });
  const directs = h("ul", { class: "directs" });
  root.append(h("h2", { id: "acting-title" }, "Acting as"), people, h("h2", {}, "Channels"), channels, h("h2", {}, "Direct messages and app"), directs);

  const person = (p) => {
    const on = p.id === world.acting;
    const input = h("input", { type: "radio", name: "acting", value: p.id, on: { change: () => actions.act(p.id) } });
    input.checked = on;
    return h("label", { class: "side-item person" + (on ? " on" : "") }, input,
      avatar({ initials: initials(p.real_name), colour: `c${world.people.indexOf(p) % 6}` }),
      h("span", { class: "who" }, h("span", {}, p.real_name), h("small", {}, roleOf(p))));
  };
  const place = (c, unread) => {
    const on = c.id === world.place;
    const news = unread.has(c.id) && !on;
    return h("li", {}, button("", () => actions.open(c.id), {
      class: "side-item" + (on ? " on" : "") + (news ? " unread" : ""), "aria-current": on ? "page" : undefined, icon: [
        h("span", { class: "hash", "aria-hidden": "true" }, c.kind === "home" ? "⌂" : c.kind === "direct" ? "•" : c.is_private ? "🔒" : "#"),
        h("span", {}, c.name), news ? h("span", { class: "dot" }, h("span", { class: "sr-only" }, "unread")) : null],
    }));
  };
  return (unread) => {
    reconcile(people, world.people, { key: (p) => p.id, sign: (p) => p.real_name + (p.id === world.acting), make: person });
    const sign = (c) => JSON.stringify([c.name, c.id === world.place, unread.has(c.id)]);
    const make = (c) => place(c, unread);
    reconcile(channels, world.mine(), { key: (c) => c.id, sign, make });
    const [dm] = world.directs; // there is one app, and it may have been written to by nobody yet
    const items = dm || world.messagesTab ? [{ id: dm?.id ?? "direct", kind: "direct", name: world.botName() }] : [];
    if (world.homeTab) items.push({ id: "home", kind: "home", name: `${world.botName()} Home` });
    reconcile(directs, items, { key: (c) => c.id, sign, make });
  };
}
