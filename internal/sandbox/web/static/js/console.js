// The assistant console: what an assistant sees of accountops, and can do with it. The tools come from the server.
import { button, h, reconcile, say } from "./dom.js";
import { callTool, listTools } from "./mcp.js";
import { schemaForm } from "./schemaform.js";

/** mountConsole fills the tab. Its open(tool, args) shows a tool with its form filled in. */
export function mountConsole(root) {
  const state = { tools: null, tool: null, form: null, running: null };
  const list = h("ul", { class: "tool-list" });
  const pane = h("div", { class: "tool-pane" });
  const results = h("div", { class: "tool-results", "aria-live": "polite" });
  root.append(h("nav", { class: "tool-nav", "aria-label": "Tools" }, h("h2", {}, "Tools"), list), h("div", { class: "tool-main" }, pane, results));

  const load = async () => {
    if (state.tools?.length) return;
    try {
      state.tools = await listTools();
      drawList();
    } catch (err) {
      pane.replaceChildren(h("div", { class: "empty" }, h("p", {}, err.message), button("Try again", load, { class: "btn" })));
    }
    if (state.tools?.length && !state.tool) show(state.tools.find((t) => t.name === "find_accounts") ?? state.tools[0]);
  };
  const drawList = () => reconcile(list, state.tools, {
    key: (t) => t.name, sign: (t) => t.name + (t === state.tool),
    make: (t) => h("li", {}, button("", () => show(t, {}, true), { class: "tool-item" + (t === state.tool ? " on" : ""),
      "aria-current": t === state.tool ? "true" : undefined, icon: [h("code", {}, t.name), effectBadge(t)] })),
  });
  const show = (tool, args = {}, focus = false) => {
    state.tool = tool;
    state.form = schemaForm(tool.inputSchema, args);
    drawList();
    pane.replaceChildren(toolCard(tool, state.form, run));
    if (focus) state.form.focus();
  };
  const run = async (args, trigger) => {
    trigger.setAttribute("aria-busy", "true");
    trigger.disabled = true;
    const entry = h("article", { class: "result running" }, h("header", {}, h("code", {}, state.tool.name), h("span", { class: "muted" }, "waiting…")));
    results.prepend(entry);
    const name = state.tool.name;
    const outcome = await callTool(name, args).catch((err) => ({ error: { message: err.message }, sent: { params: { arguments: args } }, took: 0 }));
    entry.replaceWith(resultCard(name, outcome, (requestId) => follow(requestId)));
    trigger.removeAttribute("aria-busy");
    trigger.disabled = false;
    say(outcome.error ? "The call was refused." : `${name} answered.`);
  };
  const follow = (requestId) => {
    const tool = state.tools.find((t) => t.name === "get_request");
    if (!tool) return;
    show(tool, { request_id: requestId, wait_seconds: 20 });
    pane.querySelector("[data-run]").click();
  };
  const open = async (name, args) => {
    await load();
    const tool = state.tools?.find((t) => t.name === name);
    if (tool) show(tool, args, true);
  };
  return { load, open, tools: () => state.tools };
}

function effectBadge(tool) {
  const a = tool.annotations ?? {};
  if (a.readOnlyHint) return h("span", { class: "badge badge-read" }, "reads");
  if (a.destructiveHint) return h("span", { class: "badge badge-destroy" }, "destroys");
  return h("span", { class: "badge badge-change" }, "changes");
}

function toolCard(tool, form, run) {
  const raw = h("textarea", { class: "input mono", rows: 6, spellcheck: "false", "aria-label": "Arguments as JSON" });
  const problem = h("p", { class: "field-error", role: "alert" });
  const asJSON = h("details", { class: "as-json", on: { toggle: (ev) => {
    if (ev.currentTarget.open) raw.value = JSON.stringify(form.read(), null, 2);
    form.el.hidden = ev.currentTarget.open;
  } } }, h("summary", {}, "Write the arguments as JSON instead"), raw);
  const submit = button("Call the tool", () => {
    problem.textContent = "";
    let args = form.read();
    if (asJSON.open) {
      try { args = JSON.parse(raw.value || "{}"); } catch (err) { problem.textContent = `That is no JSON: ${err.message}`; return; }
    }
    run(args, submit);
  }, { class: "btn b-primary", data: { run: "" } });
  return h("section", { class: "tool-card", "aria-label": tool.title ?? tool.name },
    h("h2", {}, tool.title ?? tool.annotations?.title ?? tool.name, " ", effectBadge(tool)),
    h("p", { class: "tool-about" }, tool.description ?? ""), form.el, asJSON, problem, h("div", { class: "tool-foot" }, submit));
}

function resultCard(name, { result, error, sent, took, status }, follow) {
  const structured = result?.structuredContent;
  const bad = Boolean(error || result?.isError);
  const text = error ? error.message : (result?.content ?? []).map((c) => c.text ?? `[${c.type}]`).join("\n");
  const id = structured?.request_id;
  const open = id && structured.poll_after_seconds !== undefined;
  return h("article", { class: "result" + (bad ? " bad" : ""), data: { tool: name } },
    h("header", {}, h("code", {}, name), structured?.status ? h("span", { class: `badge status-${structured.status}` },
      structured.result ? `${structured.status}, ${structured.result}` : structured.status) : null,
    h("span", { class: "muted" }, `${took} ms`)),
    h("pre", { class: "result-text" }, text),
    open ? button("Call get_request", () => follow(id), { class: "btn btn-small" }) : null,
    structured ? h("details", {}, h("summary", {}, "Structured result"), h("pre", { class: "json" }, JSON.stringify(structured, null, 2))) : null,
    h("details", {}, h("summary", {}, "Request as sent"), h("pre", { class: "json" }, JSON.stringify(sent, null, 2))),
    error ? h("p", { class: "muted" }, `JSON-RPC error ${error.code ?? ""} (HTTP ${status ?? "–"})`) : null);
}
