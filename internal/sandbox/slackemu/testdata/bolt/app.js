// A small app on Slack's own Bolt, unmodified: a command, a form with a type-ahead, a button, shortcuts, the Home tab, mentions and direct
// messages. The Go test beside it acts as the people. Where Bolt is, NODE_PATH says; with SIGNING_SECRET it listens, otherwise it connects.
"use strict";
const { App, LogLevel } = require("@slack/bolt");

const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SIGNING_SECRET } = process.env;
const common = { token: SLACK_BOT_TOKEN, logLevel: LogLevel.WARN, clientOptions: { slackApiUrl: SLACK_API_URL } };
const app = new App(SIGNING_SECRET
  ? { ...common, signingSecret: SIGNING_SECRET, endpoints: ["/slack/commands", "/slack/interactivity", "/slack/events"] }
  : { ...common, appToken: SLACK_APP_TOKEN, socketMode: true });

const plain = (text) => ({ type: "plain_text", text });
const option = (value, text) => ({ value, text: plain(text) });

const form = (words) => ({
  type: "modal", callback_id: "ask", notify_on_close: true, title: plain("Ask"), submit: plain("Ask"), close: plain("Cancel"),
  blocks: [
    { type: "input", block_id: "who", label: plain("Account"), element: { type: "external_select", action_id: "account", min_query_length: 1 } },
    { type: "input", block_id: "why", label: plain("Reason"), element: { type: "plain_text_input", action_id: "reason", multiline: true, initial_value: words || undefined } },
    { type: "input", block_id: "what", label: plain("Verb"), element: { type: "radio_buttons", action_id: "verb", options: [option("remove", "Remove"), option("delete", "Delete")] } },
  ],
});
const loading = { type: "modal", title: plain("Ask"), blocks: [{ type: "section", text: plain("Loading …") }] };

const openForm = async (client, trigger_id, words) => {
  const { view } = await client.views.open({ trigger_id, view: loading });
  await client.views.update({ view_id: view.id, hash: view.hash, view: form(words) });
};

app.command("/helper", async ({ ack, command, client, respond }) => {
  await ack();
  if (command.text === "help") return respond("This is the help.");
  await openForm(client, command.trigger_id, command.text);
});

app.options("account", async ({ ack, options }) => {
  await ack({ option_groups: [
    { label: plain("Corporate AD"), options: [option("ad-1", `${options.value}.doe`)] },
    { label: plain("Payroll"), options: [option("pay-1", `${options.value}.doe (payroll)`)] },
  ] });
});

app.view("ask", async ({ ack, view, body, client }) => {
  const { who, why, what } = view.state.values;
  if (why.reason.value.length < 5) return ack({ response_action: "errors", errors: { why: "Say more." } });
  await ack();
  await client.chat.postMessage({ channel: "C0APPROVALS", text: `${what.verb.selected_option.value} ${who.account.selected_option.value} for ${body.user.id}: ${why.reason.value}`,
    blocks: [{ type: "section", text: plain(why.reason.value) },
      { type: "actions", elements: [{ type: "button", action_id: "approve", value: "r-1", text: plain("Approve") }] }] });
});

app.view({ callback_id: "ask", type: "view_closed" }, async ({ ack, body, client }) => {
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: "You closed the form." });
});

app.action("approve", async ({ ack, body, action, client, respond }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: `Approved by ${body.user.id}: ${action.value}`, blocks: [] });
  await respond({ text: "Only you see this.", replace_original: false, response_type: "ephemeral" });
});

app.shortcut("ask_anywhere", async ({ ack, shortcut, client }) => {
  await ack();
  await openForm(client, shortcut.trigger_id, "");
});

app.shortcut("ask_about", async ({ ack, shortcut, client }) => {
  await ack();
  await openForm(client, shortcut.trigger_id, shortcut.message.text);
});

app.event("app_home_opened", async ({ event, client }) => {
  if (event.tab !== "home") return;
  await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [{ type: "section", text: plain("Nothing waits for you.") },
    { type: "actions", elements: [{ type: "button", action_id: "refresh", text: plain("Look again") }] }] } });
});

app.action("refresh", async ({ ack, body, client }) => {
  await ack();
  await client.views.publish({ user_id: body.user.id, hash: body.view.hash, view: { type: "home", blocks: [{ type: "section", text: plain("Still nothing.") }] } });
});

app.event("app_mention", async ({ event, say }) => {
  await say({ text: "All is well.", thread_ts: event.thread_ts ?? event.ts });
});

app.message("hello", async ({ say }) => { await say("Hello yourself."); });

app.error(async (err) => { process.stderr.write(`FAILED: ${err.stack ?? err}\n`); });

(async () => {
  const server = await app.start({ port: 0, host: "127.0.0.1" });
  const address = SIGNING_SECRET ? server.address() : null;
  process.stdout.write(`ready ${address ? address.port : ""}\n`);
})().catch((err) => { process.stderr.write(`FAILED: ${err.stack ?? err}\n`); process.exit(1); });
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
