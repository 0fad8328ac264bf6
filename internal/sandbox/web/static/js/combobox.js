// A type-ahead: WAI-ARIA combobox with a list that opens below it.
import { h, say, uid } from "./dom.js";

/**
 * combobox draws a type-ahead. options(query) gives a promise of [{text:{text}, value, description?, group?}]; chosen(option, el) is told
 * what was picked, or null when it was emptied. The element's read() gives the picked option.
 */
export function combobox({ label, id, placeholder, min = 0, initial, options, chosen }) {
  const listId = uid("list");
  const input = h("input", { type: "text", id, class: "input", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder,
    "aria-label": id ? undefined : label, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId });
  const list = h("ul", { id: listId, class: "options", role: "listbox", "aria-label": label, hidden: true });
  const root = h("div", { class: "combobox" }, input, list);
  const state = { picked: initial ?? null, items: [], at: -1, asked: 0, timer: 0 };
  input.value = initial?.text?.text ?? "";
  root.read = () => state.picked;
  root.input = input;
  root.write = (option) => { state.picked = option ?? null; input.value = option?.text?.text ?? ""; };

  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const pick = (option) => {
    state.picked = option;
    input.value = option?.text?.text ?? "";
    close();
    chosen?.(option, root);
  };
  const mark = (at) => {
    state.at = at;
    [...list.querySelectorAll("[role=option]")].forEach((el, i) => {
      el.setAttribute("aria-selected", String(i === at));
      if (i === at) { input.setAttribute("aria-activedescendant", el.id); el.scrollIntoView({ block: "nearest" }); }
    });
  };
  const show = (items, note) => {
    state.items = items;
    list.replaceChildren(...drawOptions(items, pick));
    if (note) list.append(h("li", { class: "options-note", role: "presentation" }, note));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(items.length ? 0 : -1);
  };
  const ask = async () => {
    const mine = ++state.asked;
    if (input.value.trim().length < min) return show([], `Type at least ${min} character${min === 1 ? "" : "s"}`);
    if (list.hidden) show([], "Looking …");
    list.setAttribute("aria-busy", "true");
    const answer = await options(input.value).catch(() => null);
    if (mine !== state.asked) return;
    list.removeAttribute("aria-busy");
    if (document.activeElement !== input) return close();
    if (answer === null) return show([], "Couldn't load options. Try again?");
    show(answer, answer.length ? "" : "No results");
    say(`${answer.length} ${answer.length === 1 ? "result" : "results"}`);
  };
  input.addEventListener("input", () => {
    state.picked = null;
    clearTimeout(state.timer);
    state.timer = setTimeout(ask, 180);
  });
  input.addEventListener("focus", () => { if (!state.picked) ask(); });
  input.addEventListener("blur", () => { close(); if (!state.picked) input.value = ""; });
  input.addEventListener("keydown", (ev) => {
    if (ev.key === "ArrowDown" && list.hidden) ask();
    else if (ev.key === "ArrowDown") mark(Math.min(state.at + 1, state.items.length - 1));
    else if (ev.key === "ArrowUp") mark(Math.max(state.at - 1, 0));
    else if (ev.key === "Enter" && !list.hidden && state.items[state.at]) pick(state.items[state.at]);
    else if (ev.key === "Escape" && !list.hidden && (input.value || state.items.length)) close(); // with nothing typed it is meant for the form
    else return;
    ev.preventDefault();
    ev.stopPropagation();
  });
  return root;
}

function drawOptions(items, pick) {
  const out = [];
  let group = null;
  for (const option of items) {
    if (option.group && option.group !== group) out.push(h("li", { class: "options-group", role: "presentation" }, option.group));
    group = option.group;
    out.push(h("li", { id: uid("opt"), role: "option", "aria-selected": "false", class: "option",
      on: { mousedown: (ev) => { ev.preventDefault(); pick(option); } } },
    h("span", {}, option.text?.text ?? option.value), option.description ? h("small", {}, option.description.text) : null));
  }
  return out;
}
