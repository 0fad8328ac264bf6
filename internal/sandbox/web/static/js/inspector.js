// The inspector: every envelope and Web API call, with how long the answer took.
import { button, h, reconcile } from "./dom.js";
import { get, post } from "./api.js";
import { toast } from "./toast.js";

const limit = 400;

/** mountInspector fills the tab. refresh() reads what is new. */
export function mountInspector(root) {
  const state = { entries: new Map(), kind: "", paused: false };
  const kind = h("select", { class: "select", "aria-label": "What to show", on: { change: () => { state.kind = kind.value; draw(); } } },
    [["", "Everything"], ["envelope", "Envelopes (to the bot)"], ["api", "Web API calls (from the bot)"], ["response_url", "Response URLs"]]
      .map(([value, label]) => h("option", { value }, label)));
  kind.classList.add("auto");
  const pause = button("Pause", () => {
    state.paused = !state.paused;
    pause.textContent = state.paused ? "Go on" : "Pause";
    if (!state.paused) refresh();
  }, { class: "btn btn-small" });
  const summary = h("span", { class: "muted", role: "status" });
  const rows = h("tbody");
  root.append(
    h("header", { class: "inspector-head" }, h("h2", {}, "Envelopes and calls"), kind, pause, slackFault(), summary),
    h("div", { class: "inspector-body", tabindex: "0", role: "region", "aria-label": "Envelopes and calls" },
      h("table", { class: "grid" }, h("thead", {}, h("tr", {}, ["Time", "What", "Answer", "Took"].map((t) => h("th", { scope: "col" }, t)))), rows)));

  const draw = () => {
    const shown = [...state.entries.values()].filter((e) => !state.kind || e.kind === state.kind).slice(-limit).reverse();
    const acks = [...state.entries.values()].filter((e) => e.acked).map(ackOf).sort((a, b) => a - b);
    summary.textContent = acks.length ? `${acks.length} acks, median ${acks[acks.length >> 1]} ms, slowest ${acks.at(-1)} ms` : "No envelope was acknowledged yet.";
    reconcile(rows, shown, { key: (e) => String(e.seq), make: row });
  };
  const refresh = async () => {
    if (state.paused) return;
    const { entries } = await get("slack/inspector");
    state.entries = new Map((entries ?? []).map((e) => [e.seq, e]));
    draw();
  };
  return { refresh };
}

// A fault of Slack's, played at the next call or envelope it fits.
function slackFault() {
  const kind = h("select", { class: "select auto", "aria-label": "Fault of Slack" },
    [["rate_limited", "Slack answers 429"], ["server_error", "Slack answers 503"], ["answer_lost", "Slack's answer is lost"], ["lost_ack", "An ack is lost"],
      ["double_delivery", "An envelope comes twice"], ["late_delivery", "An envelope comes late"], ["disconnect", "The sockets are closed"]]
      .map(([value, label]) => h("option", { value }, label)));
  const play = button("Play once", () => post("slack/faults", { kind: kind.value, times: 1 }).then(
    () => toast("It happens at the next occasion."), (err) => toast(err.message, true)), { class: "btn btn-small" });
  return h("span", { class: "slack-fault" }, kind, play);
}

const arrows = { envelope: "Slack → bot", api: "bot → Slack", response_url: "bot → response URL" };

function row(e) {
  return h("tr", { class: e.ok ? "" : "bad" },
    h("td", { class: "tight" }, new Date(e.at).toLocaleTimeString("en-GB")),
    h("td", {}, h("span", { class: "sub" }, arrows[e.kind] ?? e.kind), h("code", {}, e.method), e.fault ? h("span", { class: "badge badge-change" }, `fault: ${e.fault}`) : null,
      body("Request", e.request)),
    h("td", { class: "status" }, answerOf(e), body("Response", e.response)),
    h("td", { class: "tight" }, took(e)));
}

const answerOf = (e) => (e.error ? e.error : e.ok ? (e.kind === "envelope" ? "acknowledged" : "ok") : e.kind === "envelope" ? "waiting …" : `HTTP ${e.status ?? "–"}`);

function took(e) {
  if (e.late_ack_ms) return h("span", { class: "ack bad" }, `${e.late_ack_ms} ms, too late`);
  if (e.kind !== "envelope") return `${e.elapsed_ms ?? 0} ms`;
  if (!e.acked) return "–";
  const ms = ackOf(e);
  return h("span", { class: `ack ${ms < 1000 ? "good" : ms < 2500 ? "slow" : "bad"}` }, `ack ${ms} ms`);
}

// An ack within the first millisecond comes without a number.
const ackOf = (e) => e.ack_ms ?? 0;

function body(name, value) {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(value, null, 2);
  if (text === "{}" || text === "null") return null;
  return h("details", {}, h("summary", {}, name), h("pre", { class: "json" }, text));
}
