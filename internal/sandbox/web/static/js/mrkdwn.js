// Slack's mrkdwn, read into nodes the way Slack shows it. Every piece of text ends as a text node.
import { h } from "./dom.js";
import { broadcast, channelChip, emoji, groupChip, link, slackDate, userChip } from "./chips.js";

const unescape = (s) => s.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);

/** mrkdwn gives the nodes of a mrkdwn text. options.verbatim switches automatic links off. */
export function mrkdwn(text, world, options = {}) {
  const out = [];
  const parts = String(text ?? "").split(/```/);
  parts.forEach((part, i) => {
    const closed = i < parts.length - 1 || parts.length % 2 === 1;
    if (i % 2 === 1 && closed) out.push(h("pre", { class: "pre" }, h("code", {}, plainOf(part.replace(/^\n/, "")))));
    else out.push(...lines(i % 2 === 1 ? "```" + part : part, world, options));
  });
  return out;
}

// Inside code only links and entities are read.
function plainOf(text) {
  return unescape(text.replace(/<([^<>\n]+)>/g, (_, inner) => {
    const [target, label] = cut(inner, "|");
    return label || target;
  }));
}

function lines(text, world, options) {
  const out = [];
  let quote = null;
  text.split("\n").forEach((line, i) => {
    const quoted = /^(&gt;|>)\s?/.exec(line);
    if (quoted) {
      if (!quote) out.push((quote = h("blockquote", { class: "quote" })));
      else quote.append(h("br"));
      quote.append(...inline(line.slice(quoted[0].length), world, options));
      return;
    }
    if (i > 0 && !quote) out.push(h("br"));
    quote = null;
    out.push(...inline(line, world, options));
  });
  return out;
}

const marks = { "*": "strong", _: "em", "~": "s" };

function inline(text, world, options) {
  const out = [];
  const ends = closings(text);
  const lastAngle = text.lastIndexOf(">");
  let from = 0;
  const flush = (to) => { if (to > from) out.push(...words(text.slice(from, to), options)); };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const end = c === "<" ? (i < lastAngle ? text.indexOf(">", i) : -1) : ends.after(c, i);
    if (end < 0) continue;
    flush(i);
    const inside = text.slice(i + 1, end);
    if (c === "<") out.push(angle(inside, world));
    else if (c === "`") out.push(h("code", { class: "code" }, plainOf(inside)));
    else out.push(h(marks[c], {}, inline(inside, world, options)));
    i = end;
    from = end + 1;
  }
  flush(text.length);
  return out;
}

const wordy = /[\p{L}\p{N}]/u;
const blank = (c) => c === undefined || /\s/.test(c);

// A mark opens after a non-word character and before something, and closes after something and before a non-word character. Where each
// can close is found once, so that a text full of marks takes no longer than any other.
function closings(text) {
  const ends = {};
  for (let i = 1; i < text.length; i++) {
    const c = text[i];
    if ((c in marks || c === "`") && !blank(text[i - 1]) && !wordy.test(text[i + 1] ?? "")) (ends[c] ??= []).push(i);
  }
  const at = {};
  const after = (c, i) => {
    const list = ends[c];
    if (!list || blank(text[i + 1]) || (i > 0 && wordy.test(text[i - 1]))) return -1;
    let n = at[c] ?? 0;
    while (n < list.length && list[n] < i + 2) n++;
    at[c] = n;
    return list[n] ?? -1;
  };
  return { after };
}

function angle(inner, world) {
  const [target, label] = cut(inner, "|");
  if (target.startsWith("@")) return userChip(target.slice(1), world);
  if (target.startsWith("#")) return channelChip(target.slice(1), world);
  if (target.startsWith("!subteam^")) return groupChip(target.slice(9), world);
  if (target.startsWith("!date^")) {
    const [, stamp, format, url] = target.split("^");
    return slackDate({ timestamp: Number(stamp), format, url, fallback: unescape(label) });
  }
  if (target.startsWith("!")) return broadcast(target.slice(1), world);
  return link(unescape(target), unescape(label || target));
}

function cut(s, sep) {
  const at = s.indexOf(sep);
  return at < 0 ? [s, ""] : [s.slice(0, at), s.slice(at + 1)];
}

// Bare links and :emoji: in what is left.
function words(text, options) {
  const pattern = options.verbatim ? /(:[a-z0-9_+-]+:)/g : /(https?:\/\/[^\s<>]+[^\s<>.,;:!?)'"]|:[a-z0-9_+-]+:)/g;
  return text.split(pattern).filter(Boolean).map((piece) => {
    if (/^https?:\/\//.test(piece) && !options.verbatim) return link(unescape(piece), unescape(piece));
    const sign = emoji(piece.slice(1, -1));
    return piece.startsWith(":") && sign ? sign : unescape(piece);
  });
}
