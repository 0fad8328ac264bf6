// Interactive elements of messages and views. A doer is
//   act(action, el)             fire a block action, with a spinner on el until it is acknowledged
//   suggest(action, query)      options for an external select
//   input(block, world)         draw an input block (views only)
import { button, h } from "./dom.js";
import { plain } from "./blocks.js";
import { combobox } from "./combobox.js";
import { confirmDialog } from "./dialog.js";

/** element draws one interactive element. */
export function element(e, block, world, doer) {
  const draw = kinds[e.type];
  return draw ? draw(e, block, world, doer) : h("span", { class: "unknown" }, `[${e.type}]`);
}

// fire asks first where the element wants that, then acts.
async function fire(e, block, world, doer, el, chosen = {}) {
  if (e.confirm && !(await confirmDialog(e.confirm, world, el))) return;
  await doer.act({ block_id: block.block_id, action_id: e.action_id, type: e.type, ...chosen }, el);
}

const kinds = {
  button: (e, block, world, doer) => {
    const style = e.style ? ` b-${e.style}` : "";
    if (e.url) {
      return h("a", { class: "btn" + style, href: /^https?:/i.test(e.url) ? e.url : undefined, target: "_blank",
        rel: "noopener noreferrer", on: { click: (ev) => fire(e, block, world, doer, ev.currentTarget, { value: e.value }) } },
      plain(e.text));
    }
    return button("", (ev) => fire(e, block, world, doer, ev.currentTarget, { value: e.value }),
      { class: "btn" + style, icon: plain(e.text), "aria-label": e.accessibility_label, data: { actionId: e.action_id } });
  },
  static_select: (e, block, world, doer) => select(e, flatten(e), (option, el) =>
    fire(e, block, world, doer, el, { value: option.value, selected_option: option })),
  overflow: (e, block, world, doer) => select({ ...e, placeholder: { text: "⋯" } }, flatten(e), (option, el) =>
    fire(e, block, world, doer, el, { value: option.value, selected_option: option })),
  users_select: (e, block, world, doer) => select(e, people(world), (option, el) =>
    fire(e, block, world, doer, el, { value: option.value, selected_user: option.value })),
  external_select: (e, block, world, doer) => combobox({
    label: e.placeholder?.text ?? "Choose", placeholder: e.placeholder?.text, min: e.min_query_length ?? 3,
    initial: e.initial_option, options: (q) => doer.suggest({ block_id: block.block_id, action_id: e.action_id }, q),
    chosen: (option, el) => option && fire(e, block, world, doer, el, { value: option.value, selected_option: option }),
  }),
  datepicker: (e, block, world, doer) => h("input", { type: "date", class: "input input-short", value: e.initial_date, "aria-label": e.placeholder?.text ?? "Date",
    on: { change: (ev) => fire(e, block, world, doer, ev.currentTarget, { value: ev.currentTarget.value }) } }),
  radio_buttons: (e, block, world, doer) => choices(e, "radio", (options, el) =>
    fire(e, block, world, doer, el, { value: options[0]?.value, selected_option: options[0] })),
  checkboxes: (e, block, world, doer) => choices(e, "checkbox", (options, el) =>
    fire(e, block, world, doer, el, { selected_options: options })),
};

/** flatten lists the options of a select, groups or not. */
export function flatten(e) {
  return e.option_groups ? e.option_groups.flatMap((g) => g.options ?? []) : e.options ?? [];
}

/** people are options for a users_select. */
export const people = (world) => world.people.map((p) => ({ text: { type: "plain_text", text: p.real_name }, value: p.id }));

/** select draws a native select: the most usable one there is. */
export function select(e, options, chosen) {
  const initial = e.initial_option?.value ?? e.initial_user ?? "";
  const el = h("select", { class: "select", "aria-label": e.placeholder?.text ?? "Choose", data: { actionId: e.action_id ?? "" },
    on: { change: () => { const o = options.find((x) => x.value === el.value); if (o) chosen(o, el); } } },
  h("option", { value: "" }, e.placeholder?.text ?? "Choose"),
  (e.option_groups ?? [{ options }]).map((g) => {
    const inside = (g.options ?? options).map((o) => h("option", { value: o.value }, plain(o.text)));
    return g.label ? h("optgroup", { label: g.label.text }, inside) : inside;
  }));
  el.value = initial;
  return el;
}

let groups = 0;
/** choices draws radio buttons or checkboxes; chosen gets the options that are on. */
export function choices(e, type, chosen) {
  const name = `choice-${++groups}`;
  const initial = new Set([e.initial_option?.value, ...(e.initial_options ?? []).map((o) => o.value)]);
  const root = h("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group" });
  root.chosen = () => [...root.querySelectorAll("input")].filter((i) => i.checked).map((i) => e.options[Number(i.dataset.at)]);
  root.choose = (options) => {
    const on = new Set((options ?? []).map((o) => o?.value));
    root.querySelectorAll("input").forEach((i) => { i.checked = on.has(e.options[Number(i.dataset.at)].value); });
  };
  (e.options ?? []).forEach((o, at) => {
    root.append(h("label", { class: "choice" },
      h("input", { type, name, checked: initial.has(o.value), data: { at }, on: { change: () => chosen(root.chosen(), root) } }),
      h("span", {}, plain(o.text), o.description ? h("small", {}, plain(o.description)) : null)));
  });
  return root;
}
