// Tabs by the WAI-ARIA pattern: one stop for the Tab key, arrows move between them.
import { h } from "./dom.js";

/** tabBar draws the tabs into root: [{id, label}]. show(id) is called with the one that is chosen; the answer selects one. */
export function tabBar(root, tabs, show, panelPrefix = "tab-") {
  const select = (id, focus = false) => {
    for (const b of root.children) {
      const on = b.dataset.id === id;
      b.setAttribute("aria-selected", String(on));
      b.tabIndex = on ? 0 : -1;
      if (on && focus) b.focus();
    }
    show(id);
  };
  root.replaceChildren(...tabs.map((t) => h("button", { type: "button", role: "tab", id: `${panelPrefix}${t.id}-button`, data: { id: t.id },
    "aria-controls": `${panelPrefix}${t.id}`, on: { click: () => select(t.id) } }, t.short ? [h("span", { class: "wide" }, t.label), h("span", { class: "narrow", "aria-hidden": "true" }, t.short)] : t.label)));
  root.addEventListener("keydown", (ev) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[ev.key];
    if (!step) return;
    const at = tabs.findIndex((t) => t.id === document.activeElement.dataset.id);
    select(tabs[(at + step + tabs.length) % tabs.length].id, true);
    ev.preventDefault();
  });
  return select;
}
