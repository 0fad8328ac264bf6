// Dialogs on the browser's own <dialog>: it keeps the focus inside, gives it back, and closes on Escape.
import { button, h, heard, uid } from "./dom.js";
import { plain, textOf } from "./blocks.js";

/** openDialog shows a modal dialog. close() takes it away; onclose is told, once, whether the person cancelled it. */
export function openDialog({ title, body, foot, classes = "", onclose, returnTo }) {
  const titleId = uid("dialog");
  const el = h("dialog", { class: `dialog ${classes}`, "aria-labelledby": titleId });
  const handle = { el, close: () => finish(false) };
  let done = false;
  const finish = (cancelled) => {
    if (done) return;
    done = true;
    if (el.open) el.close();
    el.remove();
    heard(".toasts").append(...el.querySelectorAll(".toast")); // they stay as long as they would have
    if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
    onclose?.(cancelled);
  };
  el.append(
    h("header", { class: "dialog-head" }, h("h2", { id: titleId }, title),
      button("Close", () => finish(true), { class: "icon-button", icon: "✕", "aria-label": "Close" })),
    h("div", { class: "dialog-body", tabindex: "-1" }, body), h("footer", { class: "dialog-foot" }, foot?.(handle) ?? []),
    h("div", { class: "toasts", "aria-live": "assertive" }), h("div", { class: "live sr-only", role: "status", "aria-live": "polite" }));
  el.addEventListener("cancel", (ev) => { ev.preventDefault(); finish(true); });
  el.addEventListener("close", () => finish(true)); // a browser may close it without asking first
  el.addEventListener("keydown", (ev) => trap(el, ev));
  document.body.append(el);
  el.showModal();
  handle.cancel = () => finish(true);
  return handle;
}

// The Tab key goes round inside the dialog: the browser's own keeping ends at its last control.
function trap(el, ev) {
  if (ev.key !== "Tab") return;
  const stops = [...el.querySelectorAll("button, input, select, textarea, a[href], [tabindex='0']")].filter((c) => !c.disabled && c.getClientRects().length);
  const edge = ev.shiftKey ? stops[0] : stops.at(-1);
  if (!stops.length || (document.activeElement !== edge && el.contains(document.activeElement))) return;
  ev.preventDefault();
  (ev.shiftKey ? stops.at(-1) : stops[0]).focus();
}

/** confirmDialog shows Slack's confirm object and gives a promise of yes or no. */
export function confirmDialog(confirm, world, returnTo) {
  return new Promise((resolve) => {
    let yes = false;
    openDialog({
      title: plain(confirm.title), body: h("div", { class: "confirm-text" }, textOf(confirm.text, world)), classes: "dialog-small", returnTo,
      onclose: () => resolve(yes),
      foot: (dialog) => [
        button("", () => dialog.close(), { class: "btn", icon: plain(confirm.deny), data: { confirm: "no" } }),
        button("", () => { yes = true; dialog.close(); }, { class: `btn b-${confirm.style ?? "primary"}`, icon: plain(confirm.confirm),
          data: { confirm: "yes" } }),
      ],
    });
  });
}
