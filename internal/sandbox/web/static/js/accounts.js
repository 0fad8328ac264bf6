// The accounts of one identity system, searchable.
import { button, h, reconcile } from "./dom.js";
import { get, post } from "./api.js";
import { toast } from "./toast.js";

// What each system calls the things one recognises an account by.
const shapes = {
  isc: (a) => ({ key: a.id, name: a.name ?? a.nativeIdentity, sub: a.nativeIdentity, owner: a.identity?.name ?? "",
    where: a.sourceName ?? "", status: a.locked ? "locked" : a.disabled ? "disabled" : "enabled" }),
  esystems: (a) => ({ key: a.Id, name: a.Username ?? a.Name, sub: a.Email ?? "", owner: a.Name ?? "", where: a.TenantId?.Name ?? "",
    status: a.Is_Active === false ? "disabled" : "enabled" }),
};

/** accountsPane draws a searchable table; refresh() reads it again. */
export function accountsPane(system) {
  const shape = shapes[system.name];
  const search = h("input", { class: "input", type: "search", placeholder: "Search by login, name, source, status …",
    "aria-label": `Search the accounts of ${system.title}`, on: { input: () => draw() } });
  const count = h("span", { class: "muted", role: "status" });
  const rows = h("tbody");
  const table = h("table", { class: "grid accounts" }, h("caption", { class: "sr-only" }, `Accounts of ${system.title}`),
    h("thead", {}, h("tr", {}, ["Account", "Person", system.name === "isc" ? "Source" : "Tenant", "Status"].map((t) => h("th", { scope: "col" }, t)))), rows);
  let all = [];
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = all.filter((a) => words.every((w) => a.text.includes(w)));
    count.textContent = shown.length === all.length ? `${all.length} accounts` : `${shown.length} of ${all.length} accounts`;
    reconcile(rows, shown.slice(0, 500), { key: (a) => a.key, sign: (a) => a.text, make: row });
  };
  const refresh = async () => {
    all = ((await get(`upstream/${system.name}/accounts`)).accounts ?? []).map((a) => {
      const s = shape(a);
      return { ...s, text: [s.name, s.sub, s.owner, s.where, s.status, s.key].join("\n").toLowerCase() };
    });
    draw();
    if (aggregate) aggregate.offer([...new Set(all.map((a) => a.where))].sort());
  };
  const aggregate = system.name === "isc" ? aggregation(() => refresh()) : null;
  return { el: h("div", {}, h("div", { class: "filterbar" }, search, count), aggregate?.el ?? null, table), refresh };
}

// What was removed and still is at its source comes back at the next aggregation: this is it.
function aggregation(done) {
  const source = h("select", { class: "select auto", "aria-label": "Source" });
  const go = button("Aggregate now", async () => {
    try {
      await post("upstream/isc/aggregate", { source: source.value });
      toast(`${source.value} was read anew.`);
      await done();
    } catch (err) {
      toast(err.message, true);
    }
  }, { class: "btn btn-small" });
  const offer = (names) => {
    if (source.options.length !== names.length) source.replaceChildren(...names.map((n) => h("option", { value: n }, n)));
  };
  return { el: h("div", { class: "filterbar" }, h("span", { class: "muted" }, "Read a source anew:"), source, go), offer };
}

const row = (a) => h("tr", {},
  h("td", {}, a.name, h("span", { class: "sub mono" }, a.sub), h("span", { class: "sub mono" }, a.key)),
  h("td", {}, a.owner), h("td", {}, a.where),
  h("td", { class: "tight" }, h("span", { class: `badge ${a.status === "enabled" ? "badge-read" : "badge-change"}` }, a.status)));
