// Modals: views on a stack, kept up to date without losing what was typed.
import { button, h, reconcile, say } from "./dom.js";
import { drawBlock, plain } from "./blocks.js";
import { openDialog } from "./dialog.js";
import { inputBlock } from "./fields.js";

/** failure is what Slack shows when an app does not answer a submission. */
const failure = "We had some trouble connecting. Try again?";

/**
 * modals keeps the dialogs of the open views. actions: submit(view, values), closed(view), act(view, action, el),
 * suggest(view, action, query).
 */
export function modals(world, actions) {
  const open = new Map();

  const show = (view, returnTo) => {
    const entry = { view, root: h("form", { class: "view", novalidate: true }), problem: h("p", { class: "view-problem", role: "alert" }) };
    entry.submit = button("", () => send(entry), { class: "btn b-primary", data: { submit: "" } });
    entry.cancel = button("", () => entry.dialog.cancel(), { class: "btn" });
    entry.root.addEventListener("submit", (ev) => { ev.preventDefault(); send(entry); });
    entry.root.addEventListener("keydown", (ev) => {
      if (ev.key === "Enter" && ev.target.matches("input:not([role=combobox])")) { ev.preventDefault(); send(entry); }
    });
    entry.dialog = openDialog({
      title: "", body: [entry.root, entry.problem], returnTo, classes: "dialog-view",
      foot: () => [entry.cancel, entry.submit],
      onclose: (cancelled) => {
        open.delete(view.id);
        if (cancelled) actions.closed(entry.view);
      },
    });
    entry.dialog.el.dataset.viewId = view.id;
    open.set(view.id, entry);
    draw(entry, view);
  };

  // The focus goes to the first field; to the window itself while there is none, so that what it says is read out.
  const focusFirst = (entry) => {
    const first = entry.root.querySelector("[autofocus]") ?? entry.root.querySelector("input, textarea, select, button");
    (first ?? entry.dialog.el.querySelector(".dialog-body")).focus();
  };

  const draw = (entry, view) => {
    const signature = JSON.stringify([view.hash, view.title, view.submit, view.close, view.blocks]);
    if (entry.signature === signature) return;
    entry.signature = signature;
    entry.view = view;
    entry.dialog.el.querySelector("h2").replaceChildren(...nodes(plain(view.title)));
    entry.submit.replaceChildren(...nodes(plain(view.submit ?? { text: "Submit" })));
    entry.submit.hidden = !view.submit && !view.blocks?.some((b) => b.type === "input");
    entry.cancel.replaceChildren(...nodes(plain(view.close ?? { text: "Cancel" })));
    const doer = {
      act: (action, el) => actions.act(entry.view, { ...action, values: valuesOf(inputsOf(entry)) }, el),
      suggest: (action, query) => actions.suggest(entry.view, action, query),
      input: (block, w) => inputBlock(block, w, doer),
    };
    reconcile(entry.root, view.blocks ?? [], {
      key: (b) => b.block_id ?? JSON.stringify(b),
      make: (b, old) => {
        const el = drawBlock(b, world, doer);
        if (old?.read) el.keep?.(old.read()); // what was typed stays while block and action keep their ids, as in Slack
        return el;
      },
    });
    const at = document.activeElement;
    if (!entry.dialog.el.contains(at) || !at.matches("input, textarea, select, button:not([aria-label=Close])")) focusFirst(entry);
  };

  const send = async (entry) => {
    if (entry.submit.hidden || entry.submit.getAttribute("aria-busy")) return;
    const fields = inputsOf(entry);
    const empty = fields.filter((el) => el.empty());
    fields.forEach((el) => el.fail(empty.includes(el) ? "Please complete this required field." : ""));
    if (empty.length) return empty[0].focusField();
    entry.problem.textContent = "";
    busy(entry, true);
    try {
      const answer = await actions.submit(entry.view, valuesOf(fields));
      finish(entry, fields, answer);
    } catch (err) {
      entry.problem.textContent = err.message;
    } finally {
      busy(entry, false);
    }
  };

  const finish = (entry, fields, answer) => {
    if (answer.outcome === "failed") {
      entry.problem.textContent = answer.response?.text ?? failure;
      return;
    }
    const errors = answer.response?.response_action === "errors" ? answer.response.errors ?? {} : null;
    if (!errors) return;
    const failed = fields.filter((el) => errors[el.dataset.blockId]);
    failed.forEach((el) => el.fail(errors[el.dataset.blockId]));
    failed[0]?.focusField();
    if (!failed.length) entry.problem.textContent = Object.values(errors).join(" ");
    say("The form was not sent: it has a mistake.");
  };

  /** sync makes the dialogs be those of the views, oldest first. */
  const sync = (views) => {
    const ids = new Set(views.map((v) => v.id));
    for (const [id, entry] of open) if (!ids.has(id)) entry.dialog.close();
    const returnTo = document.activeElement;
    for (const view of views) {
      const entry = open.get(view.id);
      if (entry) draw(entry, view);
      else show(view, returnTo);
    }
    views.forEach((view, i) => open.get(view.id)?.dialog.el.classList.toggle("below", i < views.length - 1));
  };
  return { sync };
}

const nodes = (content) => [content].flat(Infinity).map((c) => (c instanceof Node ? c : document.createTextNode(c)));

// The button is not disabled: it would lose the focus.
function busy(entry, on) {
  if (on) entry.submit.setAttribute("aria-busy", "true");
  else entry.submit.removeAttribute("aria-busy");
}

const inputsOf = (entry) => [...entry.root.children].filter((el) => el.read);

// {block_id: {action_id: {type, value | selected_option | …}}}, as a view's state has it.
function valuesOf(fields) {
  const values = {};
  for (const el of fields) {
    const [action, value] = el.read();
    values[el.dataset.blockId] = { [action]: value };
  }
  return values;
}
