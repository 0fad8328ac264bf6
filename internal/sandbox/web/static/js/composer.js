// The composer: what one writes, with completion of slash commands and one's own history.
import { button, h, uid } from "./dom.js";
import { complete } from "./verbs.js";

const keep = 50;
const load = () => { try { return JSON.parse(localStorage.getItem("history") ?? "[]"); } catch { return []; } };

/** makeComposer draws a composer. send(text) gives a promise; whatever it rejects with is shown below. */
export function makeComposer({ id, world, send }) {
  const listId = uid("completions");
  const area = h("textarea", { id, rows: 1, spellcheck: "false", autocomplete: "off", role: "combobox", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, "aria-label": "Message" });
  const list = h("ul", { id: listId, class: "options", role: "listbox", "aria-label": "Completions", hidden: true });
  const go = button("Send", () => submit(), { class: "btn send", icon: "➤", "aria-label": "Send" });
  const note = h("div", { class: "composer-note", role: "status" });
  const el = h("div", { class: "composer" }, list, area, go);
  const state = { items: [], from: 0, at: -1, history: load(), back: -1, draft: "", asked: 0 };

  const close = () => { list.hidden = true; area.setAttribute("aria-expanded", "false"); area.removeAttribute("aria-activedescendant"); };
  const mark = (at) => {
    state.at = at;
    [...list.children].forEach((li, i) => {
      li.setAttribute("aria-selected", String(i === at));
      if (i === at) { area.setAttribute("aria-activedescendant", li.id); li.scrollIntoView({ block: "nearest" }); }
    });
  };
  const suggest = async () => {
    const mine = ++state.asked;
    const { from, items } = await complete(area.value.slice(0, area.selectionStart), world.commands);
    if (mine !== state.asked || document.activeElement !== area) return;
    Object.assign(state, { from, items });
    list.replaceChildren(...items.map((item) => h("li", { id: uid("c"), role: "option", class: "option", "aria-selected": "false",
      on: { mousedown: (ev) => { ev.preventDefault(); take(item); } } }, h("code", {}, item.label), h("small", {}, item.about ?? ""))));
    list.hidden = !items.length;
    area.setAttribute("aria-expanded", String(items.length > 0));
    mark(items.length ? 0 : -1);
  };
  const take = (item) => {
    const rest = area.value.slice(area.selectionStart);
    area.value = area.value.slice(0, state.from) + item.insert + rest;
    area.selectionStart = area.selectionEnd = state.from + item.insert.length;
    close();
    changed();
  };
  const changed = () => {
    go.disabled = !area.value.trim();
    suggest();
  };
  const remember = (text) => {
    state.history = [...state.history.filter((t) => t !== text), text].slice(-keep);
    localStorage.setItem("history", JSON.stringify(state.history));
    state.back = -1;
  };
  const recall = (step) => {
    if (state.back < 0) state.draft = area.value;
    state.back = Math.max(-1, Math.min(state.back + step, state.history.length - 1));
    area.value = state.back < 0 ? state.draft : state.history.at(-1 - state.back);
    area.selectionStart = area.selectionEnd = area.value.length;
    go.disabled = !area.value.trim();
    close();
  };
  const submit = async () => {
    const text = area.value.trim();
    if (!text || go.getAttribute("aria-busy")) return;
    close();
    state.asked++;
    go.setAttribute("aria-busy", "true");
    say("");
    area.value = "";
    remember(text);
    try {
      say(await send(text) ?? "");
    } catch (err) {
      if (!area.value) area.value = text;
      say(err.message, true);
    } finally {
      go.removeAttribute("aria-busy");
      go.disabled = !area.value.trim();
      area.focus();
    }
  };
  const say = (text, bad = false) => {
    note.textContent = text;
    note.classList.toggle("bad", bad);
    clearTimeout(state.fading);
    if (!bad) state.fading = setTimeout(() => { note.textContent = ""; }, 5000);
  };

  area.addEventListener("input", changed);
  area.addEventListener("blur", close);
  // Some input methods and drivers make the line break apart from the key: only Shift+Enter makes one here.
  area.addEventListener("beforeinput", (ev) => { if (ev.inputType === "insertLineBreak" && !state.shift) ev.preventDefault(); });
  area.addEventListener("keydown", (ev) => {
    state.shift = ev.shiftKey;
    const open = !list.hidden;
    const edge = !area.value.includes("\n") || (ev.key === "ArrowUp" ? area.selectionStart === 0 : area.selectionEnd === area.value.length);
    if (open && ev.key === "ArrowDown") mark((state.at + 1) % state.items.length);
    else if (open && ev.key === "ArrowUp") mark((state.at - 1 + state.items.length) % state.items.length);
    else if (open && (ev.key === "Tab" || (ev.key === "Enter" && unfinished()))) take(state.items[state.at]);
    else if (open && ev.key === "Escape") close();
    else if (ev.key === "Enter" && !ev.shiftKey && !ev.isComposing) submit();
    else if (ev.key === "ArrowUp" && edge && state.history.length) recall(1);
    else if (ev.key === "ArrowDown" && edge && state.back >= 0) recall(-1);
    else return;
    ev.preventDefault();
  });
  // Enter takes a completion only while a word is begun; a finished command is sent.
  const unfinished = () => {
    const begun = area.value.slice(state.from, area.selectionStart);
    const item = state.items[state.at];
    return begun !== "" && item.insert.trim() !== begun && item.insert.startsWith(begun);
  };
  const put = (text) => {
    area.value = text;
    go.disabled = false;
    close();
    area.focus();
    area.selectionStart = area.selectionEnd = text.length;
  };
  const place = (text) => { area.placeholder = text; area.setAttribute("aria-label", text); };
  go.disabled = true;
  return { el, note, put, place, say };
}
