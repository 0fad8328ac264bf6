// Input blocks of a modal: what people fill in, and how it is read back in Slack's own shape.
import { h, uid } from "./dom.js";
import { plain } from "./blocks.js";
import { choices, flatten, people, select } from "./elements.js";
import { combobox } from "./combobox.js";

/** inputBlock draws an input block. Its read() gives [action_id, value], its fail(text) shows an error at the field. */
export function inputBlock(block, world, doer) {
  const e = block.element ?? {};
  const id = uid("field");
  const control = controlOf(e, id, block, world, doer);
  const error = h("div", { class: "field-error", role: "alert", id: id + "-error" });
  const hint = block.hint ? h("div", { class: "field-hint", id: id + "-hint" }, plain(block.hint)) : null;
  const many = control.el.matches(".choices"); // several controls have one name together
  const label = h(many ? "div" : "label", { class: "field-label", id: id + "-label", for: many ? undefined : id }, plain(block.label),
    block.optional ? h("span", { class: "optional" }, " (optional)") : null);
  const root = h("div", { class: "field" }, label, control.el, hint, error);
  const target = control.input ?? control.el;
  if (many) target.setAttribute("aria-labelledby", id + "-label");
  target.setAttribute("aria-describedby", (hint ? `${id}-hint ` : "") + `${id}-error`);
  if (!block.optional && target.getAttribute("role") !== "group") target.setAttribute("aria-required", "true");
  root.read = () => [e.action_id, { type: e.type, ...control.read() }];
  root.empty = () => !block.optional && control.empty();
  root.focusField = () => (many ? target.querySelector("input") : target)?.focus();
  root.keep = ([action, value]) => { if (action === e.action_id && value.type === e.type) control.write?.(value); };
  root.fail = (text) => {
    error.textContent = text ?? "";
    root.classList.toggle("failed", Boolean(text));
    target.setAttribute("aria-invalid", String(Boolean(text)));
  };
  root.addEventListener("input", () => root.fail(""));
  if (block.dispatch_action) {
    target.addEventListener("change", () => doer.act({ block_id: block.block_id, action_id: e.action_id, type: e.type, ...control.read() }, target));
  }
  return root;
}

function controlOf(e, id, block, world, doer) {
  const make = controls[e.type];
  if (make) return make(e, id, block, world, doer);
  return { el: h("div", { class: "unknown", id }, `[${e.type}]`), read: () => ({}), empty: () => false };
}

const option = (o) => ({ selected_option: o ?? null });

const controls = {
  plain_text_input: (e, id) => typed(e, id, h(e.multiline ? "textarea" : "input", { type: e.multiline ? undefined : "text",
    rows: e.multiline ? 4 : undefined, minlength: e.min_length, maxlength: e.max_length ?? 3000 })),
  number_input: (e, id) => typed(e, id, h("input", { type: "text", inputmode: e.is_decimal_allowed ? "decimal" : "numeric" })),
  email_text_input: (e, id) => typed(e, id, h("input", { type: "email" })),
  url_text_input: (e, id) => typed(e, id, h("input", { type: "url" })),
  datepicker: (e, id) => {
    const el = h("input", { type: "date", id, class: "input", value: e.initial_date });
    return { el, read: () => ({ selected_date: el.value || null }), write: (v) => { el.value = v.selected_date ?? ""; }, empty: () => !el.value };
  },
  timepicker: (e, id) => {
    const el = h("input", { type: "time", id, class: "input", value: e.initial_time });
    return { el, read: () => ({ selected_time: el.value || null }), write: (v) => { el.value = v.selected_time ?? ""; }, empty: () => !el.value };
  },
  static_select: (e, id) => selected(e, id, flatten(e)),
  users_select: (e, id, block, world) => {
    const made = selected(e, id, people(world));
    return { ...made, read: () => ({ selected_user: made.el.value || null }), write: (v) => { made.el.value = v.selected_user ?? ""; } };
  },
  external_select: (e, id, block, world, doer) => {
    const el = combobox({ label: block.label?.text, id, placeholder: e.placeholder?.text, min: e.min_query_length ?? 3, initial: e.initial_option,
      options: (query) => doer.suggest({ block_id: block.block_id, action_id: e.action_id }, query),
      chosen: block.dispatch_action ? (o) => doer.act({ block_id: block.block_id, action_id: e.action_id, type: e.type, value: o?.value,
        ...option(o) }, el) : undefined });
    return { el, input: el.input, read: () => option(el.read()), write: (v) => el.write(v.selected_option), empty: () => !el.read() };
  },
  radio_buttons: (e, id) => {
    const el = choices(e, "radio", () => {});
    el.id = id;
    return { el, read: () => option(el.chosen()[0]), write: (v) => el.choose([v.selected_option]), empty: () => !el.chosen().length };
  },
  checkboxes: (e, id) => {
    const el = choices(e, "checkbox", () => {});
    el.id = id;
    return { el, read: () => ({ selected_options: el.chosen() }), write: (v) => el.choose(v.selected_options), empty: () => !el.chosen().length };
  },
};

function typed(e, id, el) {
  el.id = id;
  el.className = "input";
  el.placeholder = e.placeholder?.text ?? "";
  el.value = e.initial_value ?? "";
  if (e.focus_on_load) el.setAttribute("autofocus", "");
  return { el, read: () => ({ value: el.value === "" ? null : el.value }), write: (v) => { el.value = v.value ?? ""; }, empty: () => el.value.trim() === "" };
}

function selected(e, id, options) {
  const el = select(e, options, () => {});
  el.id = id;
  el.removeAttribute("aria-label");
  return { el, read: () => option(options.find((o) => o.value === el.value)), write: (v) => { el.value = v.selected_option?.value ?? ""; }, empty: () => !el.value };
}
