// The two identity systems side by side: their accounts, every call as it came over the wire, and faults.
import { h, reconcile, swap } from "./dom.js";
import { get } from "./api.js";
import { accountsPane } from "./accounts.js";
import { faultsPane } from "./faults.js";
import { tabBar } from "./tabs.js";

const systems = [
  { name: "isc", title: "SailPoint ISC", mount: "/isc", about: "A fake Identity Security Cloud tenant" },
  { name: "esystems", title: "eSystems", mount: "/esystems", about: "A fake AccessHub endpoint" },
];

/** mountSystems fills the tab. refresh() reads what is shown again. */
export function mountSystems(root) {
  const panes = systems.map((s) => systemPane(s));
  root.append(...panes.map((p) => p.el));
  return { refresh: () => Promise.all(panes.map((p) => p.refresh())) };
}

function systemPane(system) {
  const bar = h("div", { class: "subtabs", role: "tablist", "aria-label": `${system.title}: what to show` });
  const body = h("div", { class: "system-body", role: "tabpanel", tabindex: "0", "aria-label": system.title });
  const views = { calls: callsPane(system), accounts: accountsPane(system), faults: faultsPane(system) };
  let shown = "calls";
  const refresh = () => views[shown].refresh();
  const el = h("section", { class: "system", "aria-label": system.title, data: { system: system.name } },
    h("header", { class: "system-head" }, h("h2", {}, system.title, h("code", { class: "badge" }, system.mount)), h("p", {}, system.about), bar), body);
  let mounted = false;
  const select = tabBar(bar, [{ id: "calls", label: "Calls" }, { id: "accounts", label: "Accounts" }, { id: "faults", label: "Faults" }], (id) => {
    shown = id;
    body.replaceChildren(views[id].el);
    if (mounted) refresh();
    mounted = true;
  }, `${system.name}-`);
  select("calls");
  return { el, refresh };
}

/** isToken tells whether a call only asked for a token. */
const isToken = (call) => /\/oauth\//i.test(call.path);

/** writes tells whether a call may have changed something. */
const writes = (call) => call.method !== "GET" && call.method !== "HEAD" && !isToken(call);

function callsPane(system) {
  const tally = h("div", { class: "tally", role: "status" });
  const only = h("input", { type: "checkbox", on: { change: () => draw() } });
  const rows = h("tbody");
  const table = h("table", { class: "grid calls" }, h("caption", { class: "sr-only" }, `Calls to ${system.title}, newest first`),
    h("thead", {}, h("tr", {}, ["Time", "Call", "Status"].map((t) => h("th", { scope: "col" }, t)))), rows);
  const state = { calls: [] };
  const draw = () => {
    const changing = state.calls.filter(writes);
    tally.classList.toggle("none", !changing.length);
    swap(tally, `${changing.length} ${state.calls.length}`, () => [
      h("strong", {}, changing.length === 1 ? "1 call" : `${changing.length} calls`), ` that could change something, of ${state.calls.length} in all.`,
      changing.slice(-5).reverse().map((c) => h("span", { class: "tally-call mono" }, `${c.method} ${c.path} → ${c.status || "no answer"}`))]);
    const shown = folded(state.calls).filter(({ call }) => !only.checked || writes(call)).slice(-400).reverse();
    reconcile(rows, shown, { key: ({ at }) => String(at), make: callRow });
  };
  const refresh = async () => {
    state.calls = (await get(`upstream/${system.name}/calls`)).calls ?? [];
    draw();
  };
  return { el: h("div", {}, tally, h("div", { class: "filterbar" }, h("label", {}, only, "Only calls that could change something")), table), refresh };
}

// Reading the same again and again, as following a task does, is one line.
function folded(calls) {
  const out = [];
  calls.forEach((call, at) => {
    const last = out.at(-1);
    const same = last && !writes(call) && ["method", "path", "query", "body", "status"].every((f) => last.call[f] === call[f]);
    if (same) Object.assign(last, { times: last.times + 1, call });
    else out.push({ at, call, times: 1 });
  });
  return out;
}

function callRow({ call, times }) {
  const kind = writes(call) ? "writes" : isToken(call) ? "token" : "";
  const bad = call.status === 0 || call.status >= 400 ? " bad" : "";
  return h("tr", { class: kind + bad },
    h("td", { class: "tight" }, new Date(call.at).toLocaleTimeString("en-GB")),
    h("td", {}, h("span", { class: "verb" }, call.method), " ", h("code", {}, call.path), times > 1 ? h("span", { class: "badge" }, `${times} times`) : null,
      call.query ? h("span", { class: "sub mono" }, "?" + readable(call.query)) : null,
      call.body ? h("details", {}, h("summary", {}, "Body"), h("pre", { class: "json" }, pretty(call.body))) : null),
    h("td", { class: "tight status" }, call.status === 0 ? "no answer" : String(call.status)));
}

function readable(query) {
  try { return decodeURIComponent(query.replaceAll("+", " ")); } catch { return query; }
}

function pretty(body) {
  try { return JSON.stringify(JSON.parse(body), null, 2); } catch { return body; }
}
