// The thread panel, and what stands there when no thread is open.
import { button, h } from "./dom.js";
import { makeComposer } from "./composer.js";
import { makeTimeline } from "./timeline.js";

/** makeThread keeps the side panel. hooks: send(text, ts), doerFor(message), idle (an element), close(). */
export function makeThread(root, world, hooks) {
  const state = { ts: null };
  const scroller = h("div", { class: "side-scroll", role: "region", "aria-label": "Replies", tabindex: "0" });
  const timeline = makeTimeline(scroller, world);
  const composer = makeComposer({ id: "thread-composer", world, send: (text) => hooks.send(text, state.ts) });
  const where = h("span", { class: "muted" });
  const close = button("Close the thread", () => hooks.close(), { class: "icon-button", icon: "✕", "aria-label": "Close the thread" });
  const pane = h("section", { class: "thread", "aria-label": "Thread", tabindex: "-1" }, h("header", { class: "side-head" }, h("h2", {}, "Thread ", where), close),
    scroller, composer.el, composer.note);
  pane.addEventListener("keydown", (ev) => { if (ev.key === "Escape" && !ev.defaultPrevented) hooks.close(); });
  root.append(hooks.idle, pane);
  root.classList.add("idle");
  pane.hidden = true;

  const open = (ts) => {
    const was = state.ts;
    state.ts = ts;
    root.classList.toggle("idle", !ts);
    hooks.idle.hidden = Boolean(ts);
    pane.hidden = !ts;
    if (!ts) return;
    where.textContent = world.channel(world.place)?.name ? `#${world.channel(world.place).name}` : "";
    composer.place("Reply …");
    if (was !== ts) pane.focus({ preventScroll: true });
  };
  const show = (messages, ephemerals, dismiss) => {
    const sorted = [...messages].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const [parent, ...replies] = sorted;
    if (!parent) return;
    const list = [parent, ...[...replies, ...ephemerals].sort((a, b) => (a.ts < b.ts ? -1 : 1))];
    timeline.show(list, { place: state.ts, doer: hooks.doerFor, dismiss });
  };
  return { open, show };
}
