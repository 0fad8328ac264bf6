// Global shortcuts: a menu button beside the composer, by the WAI-ARIA menu button pattern.
import { button, h, reconcile, uid } from "./dom.js";

/** shortcutMenu draws the menu. use(shortcut) is called with the one that is chosen; draw(list) says which there are. */
export function shortcutMenu(use) {
  const id = uid("menu");
  const list = h("div", { id, class: "options shortcut-list", role: "menu", "aria-label": "Shortcuts", hidden: true });
  const open = button("", () => toggle(list.hidden), { class: "icon-button shortcut-button", icon: "⚡", title: "Shortcuts", "aria-label": "Shortcuts",
    "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": id });
  const el = h("div", { class: "shortcut-menu", hidden: true }, open, list);

  const toggle = (on) => {
    list.hidden = !on;
    open.setAttribute("aria-expanded", String(on));
    (on ? list.firstElementChild : open)?.focus();
  };
  el.addEventListener("keydown", (ev) => {
    const items = [...list.children];
    const at = items.indexOf(document.activeElement);
    if (list.hidden) return;
    if (ev.key === "Escape") toggle(false);
    else if (ev.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
    else if (ev.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
    else return;
    ev.preventDefault();
    ev.stopPropagation();
  });
  el.addEventListener("focusout", (ev) => { if (!el.contains(ev.relatedTarget)) { list.hidden = true; open.setAttribute("aria-expanded", "false"); } });

  const choose = async (s) => {
    toggle(false);
    open.setAttribute("aria-busy", "true");
    await use(s).finally(() => open.removeAttribute("aria-busy"));
  };
  const draw = (shortcuts) => {
    el.hidden = !shortcuts.length;
    reconcile(list, shortcuts, { key: (s) => s.callback_id, make: (s) => button(s.name, () => choose(s), { class: "option", role: "menuitem", tabindex: "-1" }) });
  };
  return { el, draw };
}
