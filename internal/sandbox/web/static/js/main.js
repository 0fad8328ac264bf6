// The page's wiring.
import { mountClock } from "./clockbar.js";
import { mountConsole } from "./console.js";
import { mountInspector } from "./inspector.js";
import { mountSlack } from "./slack.js";
import { mountSystems } from "./systems.js";
import { follow } from "./live.js";
import { tabBar } from "./tabs.js";
import { toast } from "./toast.js";
import { makeWorld } from "./world.js";

const el = (id) => document.getElementById(id);
const names = [{ id: "slack", label: "Slack" }, { id: "console", label: "Assistant console", short: "Console" }, { id: "systems", label: "Identity systems", short: "Systems" },
  { id: "inspector", label: "Inspector" }];

let shown = "slack";
const world = makeWorld();
const tools = mountConsole(el("tab-console"));
const systems = mountSystems(el("tab-systems"));
const inspector = mountInspector(el("tab-inspector"));
const openTool = (name, args) => { select("console"); return tools.open(name, args); };
const slack = mountSlack(world, openTool);
const clock = mountClock(el("clock"), () => refreshShown());

const quietly = (work) => Promise.resolve(work).catch(() => {}); // the long poll tells when the line is gone
const panes = { systems, inspector };
const busy = new Set();
const refreshShown = async () => {
  const name = shown;
  if (document.hidden || !panes[name] || busy.has(name)) return;
  busy.add(name);
  await quietly(panes[name].refresh());
  busy.delete(name);
};

const select = tabBar(el("tabs"), names, (id) => {
  shown = id;
  for (const { id: name } of names) el(`tab-${name}`).hidden = name !== id;
  history.replaceState(null, "", id === "slack" ? location.pathname : `#${id}`);
  if (id === "console") tools.load();
  refreshShown();
});

const wanted = location.hash.slice(1);
select(names.some((n) => n.id === wanted) ? wanted : "slack");
quietly(clock.sync());
setInterval(refreshShown, 1500); // the identity systems have no feed of their own
follow((changes, reset) => {
  if (reset) quietly(clock.sync());
  slack.changed(changes, reset);
  if (shown === "inspector" && changes.some((c) => c.kind === "inspector")) refreshShown();
}, (up) => toast(up ? "The sandbox is back." : "The sandbox does not answer. Trying again …", !up));
