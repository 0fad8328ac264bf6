// Short sentences that come and go.
import { h, heard } from "./dom.js";

/** toast shows a sentence for a while. */
export function toast(text, bad = false) {
  const el = h("div", { class: "toast" + (bad ? " bad" : ""), role: bad ? "alert" : "status" }, text);
  heard(".toasts").append(el);
  setTimeout(() => el.remove(), bad ? 9000 : 3500);
}
