// A form made from a tool's input schema, and the arguments read back from it.
import { button, h, uid } from "./dom.js";

/** schemaForm draws one field per property. read() gives the arguments: what was left empty is left out. */
export function schemaForm(schema, values = {}) {
  const required = new Set(schema?.required ?? []);
  const fields = Object.entries(schema?.properties ?? {}).map(([name, property]) =>
    field(name, property, required.has(name), values[name]));
  const el = h("div", { class: "schema-form" }, fields.map((f) => f.el),
    fields.length ? null : h("p", { class: "muted" }, "This tool takes no arguments."));
  return {
    el,
    read: () => Object.fromEntries(fields.map((f) => [f.name, f.read()]).filter(([, v]) => v !== undefined)),
    focus: () => fields[0]?.control.focus(),
  };
}

function field(name, property, required, value) {
  const id = uid("arg");
  const type = [property.type].flat().find((t) => t !== "null") ?? "string";
  const made = makers[property.enum ? "enum" : type] ?? makers.json;
  const part = made(id, property, value);
  const label = h("label", { class: "field-label", for: id }, h("code", {}, name),
    required ? h("span", { class: "required" }, " required") : null);
  const hint = property.description ? h("div", { class: "field-hint", id: id + "-hint" }, property.description) : null;
  part.control.setAttribute("aria-describedby", id + "-hint");
  if (required) part.control.setAttribute("aria-required", "true");
  const el = h("div", { class: `field field-${type}` }, part.inline ? [h("div", { class: "inline" }, part.el, label), hint] : [label, part.el, hint]);
  return { name, el, read: part.read, control: part.control };
}

const makers = {
  string: (id, property, value) => {
    const long = (property.maxLength ?? 0) >= 1000;
    const el = h(long ? "textarea" : "input", { id, class: "input", rows: long ? 3 : undefined, type: long ? undefined : "text",
      autocomplete: "off", spellcheck: "false", value: value ?? "" });
    return { el, control: el, read: () => (el.value === "" ? undefined : el.value) };
  },
  integer: (id, property, value) => {
    const el = h("input", { id, class: "input input-short", type: "text", inputmode: "numeric", value: value ?? "",
      placeholder: property.default ?? "" });
    // What is no number goes as it was typed: the server's own sentence about it is worth seeing.
    return { el, control: el, read: () => (el.value === "" ? undefined : Number.isFinite(Number(el.value)) ? Number(el.value) : el.value) };
  },
  boolean: (id, property, value) => {
    const el = h("input", { id, type: "checkbox", checked: value === true });
    return { el, control: el, inline: true, read: () => (el.checked ? true : undefined) };
  },
  enum: (id, property, value) => {
    const el = h("select", { id, class: "select" }, h("option", { value: "" }, "—"), property.enum.map((v) => h("option", { value: String(v) }, String(v))));
    el.value = value ?? "";
    return { el, control: el, read: () => (el.value === "" ? undefined : property.enum.find((v) => String(v) === el.value)) };
  },
  object: (id, property, value) => rows(id, value),
  array: (id, property, value) => {
    const el = h("textarea", { id, class: "input", rows: 3, placeholder: "One per line", value: (value ?? []).join("\n") });
    return { el, control: el, read: () => (el.value.trim() ? el.value.split("\n").filter((l) => l !== "") : undefined) };
  },
  json: (id, property, value) => {
    const el = h("textarea", { id, class: "input mono", rows: 3, value: value === undefined ? "" : JSON.stringify(value) });
    return { el, control: el, read: () => { try { return JSON.parse(el.value); } catch { return el.value || undefined; } } };
  },
};
makers.number = makers.integer;

// An object of strings, a row each.
function rows(id, value) {
  const list = h("div", { class: "rows" });
  const add = (key = "", text = "") => {
    const row = h("div", { class: "row" },
      h("input", { class: "input", "aria-label": "Name", placeholder: "name", value: key, spellcheck: "false" }),
      h("input", { class: "input", "aria-label": "Value", placeholder: "value", value: text, spellcheck: "false" }),
      button("Remove this row", () => row.remove(), { class: "icon-button", icon: "✕", "aria-label": "Remove this row" }));
    list.append(row);
    return row;
  };
  for (const [key, text] of Object.entries(value ?? {})) add(key, text);
  if (!list.children.length) add();
  list.querySelector("input").id = id;
  const more = button("Add a row", () => add().querySelector("input").focus(), { class: "btn btn-small" });
  const read = () => {
    const pairs = [...list.children].map((row) => [...row.querySelectorAll("input")].map((i) => i.value)).filter(([k]) => k !== "");
    return pairs.length ? Object.fromEntries(pairs) : undefined;
  };
  return { el: h("div", {}, list, more), control: list.querySelector("input"), read };
}
