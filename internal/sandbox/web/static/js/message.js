// One message: who, when, what, and what can be done with it.
import { button, h } from "./dom.js";
import { blocks } from "./blocks.js";
import { clockTime, slackDate } from "./chips.js";
import { mrkdwn } from "./mrkdwn.js";

/** author gives name, initials, colour and kind of who wrote a message. */
export function author(message, world) {
  if (message.user === "USLACKBOT") return { name: "Slackbot", initials: "S", colour: "c4", app: false };
  if (message.bot_id || message.subtype === "bot_message") {
    return { name: message.username || message.bot_profile?.name || world.botName(), initials: "a", colour: "bot", app: true };
  }
  const person = world.person(message.user);
  const name = person?.real_name || message.user || "Somebody";
  return { name, initials: initials(name), colour: `c${hash(message.user ?? name) % 6}`, app: Boolean(person?.is_bot) };
}

/** initials gives the two letters of an avatar. */
export const initials = (name) => name.split(/\s+/).map((w) => w[0] ?? "").join("").slice(0, 2).toUpperCase();

const hash = (s) => [...s].reduce((n, c) => (n * 31 + c.codePointAt(0)) >>> 0, 7);

/** timeOf gives the time of a Slack timestamp. */
export const timeOf = (ts) => new Date(Number(String(ts).split(".")[0]) * 1000);

/** avatar draws a person's or an app's picture: initials on a calm colour. */
export const avatar = (who) => h("span", { class: `avatar ${who.colour}`, "aria-hidden": "true" },
  who.app ? h("span", { class: "app-mark" }) : who.initials);

/** drawMessage draws one message. openThread is left out inside a thread. */
export function drawMessage(message, world, { doer, openThread, dismiss, shortcut } = {}) {
  const who = author(message, world);
  const at = timeOf(message.ts);
  const quiet = message.ephemeral ? " ephemeral" : "";
  return h("article", { class: "message" + quiet, data: { ts: message.ts }, "aria-label": `${who.name}, ${clockTime(at)}` },
    avatar(who),
    h("div", { class: "message-body" },
      message.ephemeral ? h("div", { class: "only-you" }, h("span", { class: "eye", "aria-hidden": "true" }, "◉"), "Only visible to you",
        dismiss ? [" · ", button("Dismiss", dismiss, { class: "text-button" })] : null) : null,
      h("header", { class: "message-head" }, h("strong", {}, who.name), who.app ? h("span", { class: "app-badge" }, "APP") : null,
        h("time", { datetime: at.toISOString(), title: at.toString() }, clockTime(at)),
        message.edited ? h("span", { class: "muted" }, "(edited)") : null),
      content(message, world, doer),
      openThread && message.reply_count ? threadBar(message, openThread) : null),
    openThread && !message.ephemeral ? h("div", { class: "message-tools" },
      button("Reply in thread", () => openThread(message.ts), { class: "icon-button", icon: "💬", "aria-label": "Open the thread", title: "Open the thread" }),
      shortcut ? world.shortcuts.filter((s) => s.type === "message").map((s) => button(s.name, () => shortcut(s, message), { class: "btn btn-small" })) : null) : null);
}

function content(message, world, doer) {
  const list = message.blocks ?? [];
  return h("div", { class: "message-content" },
    list.length ? blocks(list, world, doer) : h("div", { class: "b-text block" }, mrkdwn(message.text ?? "", world)),
    (message.attachments ?? []).map((a) => h("div", { class: "attachment" }, a.blocks ? blocks(a.blocks, world, doer) : mrkdwn(a.text ?? a.fallback ?? "", world))));
}

function threadBar(message, openThread) {
  const count = message.reply_count;
  return button("", () => openThread(message.ts), { class: "thread-bar", icon: [
    h("span", { class: "thread-count" }, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span", { class: "muted" }, message.latest_reply
      ? ["Last reply ", slackDate({ timestamp: Number(message.latest_reply), format: "{date_short_pretty} at {time}", fallback: "" })] : ""),
  ] });
}

/** dayLine draws the line between two days. */
export const dayLine = (ts) => h("div", { class: "day-line", role: "separator" },
  h("span", {}, slackDate({ timestamp: Number(ts), format: "{day_divider_pretty}", fallback: "" })));
