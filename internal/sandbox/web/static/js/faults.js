// Faults of one identity system: switch one on, see what is on, switch it off.
import { button, h, reconcile } from "./dom.js";
import { get, post, remove } from "./api.js";
import { toast } from "./toast.js";

/** faultsPane draws the switches; refresh() reads them again. */
export function faultsPane(system) {
  const path = `upstream/${system.name}/faults`;
  const kind = h("select", { class: "select" });
  const method = h("select", { class: "select" }, ["any", "GET", "POST", "PUT", "DELETE"].map((m) => h("option", { value: m === "any" ? "" : m }, m)));
  const times = h("input", { class: "input", type: "text", inputmode: "numeric", value: "1" });
  const prefix = h("input", { class: "input mono", type: "text", spellcheck: "false", placeholder: system.name === "isc" ? "/accounts/v1" : "/Endpoint/rest/api/v1" });
  const list = h("ul", { class: "fault-list" });
  const none = h("p", { class: "muted" }, "No fault is switched on.");

  const refresh = async () => {
    const { faults, kinds } = await get(path);
    if (!kind.options.length) kind.append(...(kinds ?? []).map((k) => h("option", { value: k }, k)));
    none.hidden = faults.length > 0;
    reconcile(list, faults, { key: (f) => String(f.id), make: row });
  };
  const row = (f) => h("li", {}, h("span", {}, h("strong", {}, f.kind), ` on ${f.method || "any"} ${f.path_prefix || "everything"}, `,
    f.times ? `${f.times} more` : "until switched off", f.fired ? `, fired ${f.fired}×` : "", f.note ? h("span", { class: "sub muted" }, ` ${f.note}`) : null),
  button("Switch off", () => act(() => remove(path, { id: f.id })), { class: "btn btn-small" }));
  const act = async (what) => {
    try {
      await what();
      await refresh();
    } catch (err) {
      toast(err.message, true);
    }
  };
  const on = () => act(() => post(path, { kind: kind.value, method: method.value, path_prefix: prefix.value.trim(), times: Number(times.value) || 0 }));
  const form = h("form", { class: "fault-form", on: { submit: (ev) => { ev.preventDefault(); on(); } } },
    h("label", { class: "wide" }, "Kind", kind), h("label", {}, "Method", method), h("label", {}, "Times (0: until switched off)", times),
    h("label", { class: "wide" }, "Paths that begin with", prefix),
    h("div", { class: "wide" }, h("button", { type: "submit", class: "btn" }, "Switch on")));
  return { el: h("div", {}, form, none, list), refresh };
}
