// The small things inside text: people, channels, groups, broadcasts, dates, links, emoji.
import { h } from "./dom.js";

/** userChip names a person as Slack does. */
export function userChip(id, world) {
  const person = world.person(id.split("|")[0]);
  return h("span", { class: "chip chip-user" }, "@" + (person?.real_name || person?.name || id));
}

/** channelChip names a channel. */
export function channelChip(id, world) {
  const channel = world.channel(id.split("|")[0]);
  return h("span", { class: "chip chip-channel" }, "#" + (channel?.name ?? id));
}

/** groupChip names a user group and says how many a mention of it notifies. */
export function groupChip(id, world) {
  const group = world.group(id.split("|")[0]);
  return h("span", { class: "chip chip-group" }, "@" + (group?.handle ?? id.split("|")[0]), group?.users ? notified(group.users.length) : null);
}

const notified = (count) => h("span", { class: "notify" }, ` would notify ${count} ${count === 1 ? "person" : "people"}`);

/** broadcast is a mention of everybody here. It is marked loudly: a message must not do this by accident. */
export function broadcast(range, world) {
  const name = range.split("|")[0];
  return h("span", { class: "chip chip-broadcast" }, "@" + name, notified(world.audience()));
}

const safe = /^(https?:|mailto:)/i;

/** link opens elsewhere, and only where a link may go; anything else stays text. */
export function link(url, text) {
  if (!safe.test(url)) return h("span", {}, text || url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "link", title: url }, text || url);
}

const pictures = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", warning: "⚠️", lock: "🔒",
  unlock: "🔓", hourglass: "⌛", hourglass_flowing_sand: "⏳", mag: "🔍", eyes: "👀", bell: "🔔", wastebasket: "🗑️",
  arrows_counterclockwise: "🔄", information_source: "ℹ️", question: "❓", exclamation: "❗", wave: "👋", robot_face: "🤖",
  bust_in_silhouette: "👤", key: "🔑", memo: "📝", clock1: "🕐", calendar: "📅", link: "🔗", pencil2: "✏️", tada: "🎉",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪",
  rotating_light: "🚨", shield: "🛡️", heavy_exclamation_mark: "❗", thumbsup: "👍", "+1": "👍", snowflake: "❄️",
};

/** emoji gives the picture of a short name, or null. */
export function emoji(name, unicode) {
  let picture = pictures[name];
  if (!picture && unicode) {
    try { picture = String.fromCodePoint(...unicode.split("-").map((u) => parseInt(u, 16))); } catch { picture = null; }
  }
  return picture ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, picture) : null;
}

const pad = (n) => String(n).padStart(2, "0");

function ordinal(n) {
  const tail = n % 100 > 10 && n % 100 < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[n % 10] ?? "th";
  return n + tail;
}

const dayPart = (d, weekday, month) => {
  const named = d.toLocaleDateString("en", { month });
  return `${weekday ? d.toLocaleDateString("en", { weekday: "long" }) + ", " : ""}${named} ${ordinal(d.getDate())}`;
};

/** clockTime gives the hour and minute. */
export const clockTime = (d) => d.toLocaleTimeString("en", { hour: "numeric", minute: "2-digit" });

const tokens = {
  date_num: (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`,
  date_slash: (d) => `${pad(d.getMonth() + 1)}/${pad(d.getDate())}/${d.getFullYear()}`,
  date: (d) => dayPart(d, false, "long") + `, ${d.getFullYear()}`,
  date_short: (d) => d.toLocaleDateString("en", { month: "short" }) + ` ${d.getDate()}, ${d.getFullYear()}`,
  date_long: (d) => dayPart(d, true, "long") + `, ${d.getFullYear()}`,
  day_divider_pretty: (d) => pretty(d, dayPart(d, true, "long")),
  time: clockTime,
  time_secs: (d) => d.toLocaleTimeString("en", { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (d) => ago(d),
};
for (const name of ["date", "date_short", "date_long"]) {
  const exact = tokens[name];
  tokens[name + "_pretty"] = (d) => pretty(d, exact(d));
}

function pretty(d, otherwise) {
  const days = Math.round((startOfDay(d) - startOfDay(now())) / 86400000);
  return { 0: "today", 1: "tomorrow", "-1": "yesterday" }[days] ?? otherwise;
}

const startOfDay = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();

let offset = 0;
/** setNow tells the page the sandbox's time, which may be ahead of the real one. */
export const setNow = (date) => { offset = date.getTime() - Date.now(); };
/** now is the sandbox's time. */
export const now = () => new Date(Date.now() + offset);

function ago(d) {
  const seconds = Math.round((now() - d) / 1000);
  const [n, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.round(seconds / 60), "minute"]
    : seconds < 86400 ? [Math.round(seconds / 3600), "hour"] : [Math.round(seconds / 86400), "day"];
  return new Intl.RelativeTimeFormat("en").format(-n, unit);
}

/** slackDate shows a time in the reader's own zone by Slack's format tokens. */
export function slackDate({ timestamp, format, url, fallback }) {
  const date = new Date(Number(timestamp) * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback ?? "");
  const text = String(format ?? "{date_pretty} at {time}").replace(/\{([a-z_]+)\}/g, (all, t) => tokens[t]?.(date) ?? all);
  const el = h("time", { datetime: date.toISOString(), title: date.toUTCString(), class: "date" }, text);
  return url && safe.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, el) : el;
}
