// Three things to try: the quickest way to see what this is about.
import { button, copyText, h, say } from "./dom.js";

const remove = '/account remove jane.doe source="Corporate AD" reason="left on Friday, HR-1042"';
const asked = { account: "jane.doe", source: "Corporate AD", reason: "left on Friday, HR-1042" };
const deny = '/account remove omar.haddad source="Corporate AD" reason="duplicate of HR-1077"';

const steps = [
  { title: "Ask in Slack, decide as somebody else",
    text: "Put this into the composer and send it as Riley. Riley's own click on Approve is refused; switch to Amara and approve. The thread tells the rest.",
    code: remove, put: remove },
  { title: "Ask as an assistant",
    text: "An assistant can ask for the same, and cannot approve. Its card appears here; call get_request in the console to see how it stands.",
    code: `remove_account ${JSON.stringify(asked, null, 1).replace(/\s+/g, " ")}`, tool: ["remove_account", asked] },
  { title: "Deny one, or let it run out",
    text: "Ask for another, then deny it with a reason as Sven. Or put the clock forward by 25 hours in the top corner: silence never approves.",
    code: deny, put: deny },
];

/** tryBox draws the box. actions: put(text) into the composer, openTool(name, args), close() where it covers the channel. */
export function tryBox({ put, openTool, close }) {
  return h("section", { class: "try", "aria-labelledby": "try-title" },
    h("header", { class: "try-head" }, h("h2", { id: "try-title" }, "Three things to try"),
      button("Close", close, { class: "icon-button try-close", icon: "✕", "aria-label": "Close the things to try" })),
    h("p", {}, "Everything here is made up and on this machine only: the people, the tenants, the accounts."),
    h("ol", {}, steps.map((s, i) => h("li", {},
      h("h3", {}, h("span", { class: "number", "aria-hidden": "true" }, i + 1), s.title), h("p", {}, s.text), h("pre", {}, h("code", {}, s.code)),
      h("div", { class: "buttons" },
        s.put ? button("Put into the composer", () => put(s.put), { class: "btn btn-small b-primary", data: { try: i + 1 } }) : null,
        s.tool ? button("Open in the console", () => openTool(...s.tool), { class: "btn btn-small b-primary", data: { try: i + 1 } }) : null,
        copyButton(s.code))))));
}

function copyButton(text) {
  const el = button("Copy", async () => {
    el.textContent = (await copyText(text)) ? "Copied" : "Not allowed by the browser";
    say(el.textContent);
    setTimeout(() => { el.textContent = "Copy"; }, 1800);
  }, { class: "btn btn-small" });
  return el;
}
