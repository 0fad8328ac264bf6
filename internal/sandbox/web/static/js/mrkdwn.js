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
  let plain = "";
  const flush = () => {
    if (plain) out.push(...words(plain, options));
    plain = "";
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const end = c === "<" ? text.indexOf(">", i) : closing(text, i);
    if (c === "<" && end > i) {
      flush();
      out.push(angle(text.slice(i + 1, end), world));
      i = end;
    } else if (c === "`" && end > 0) {
      flush();
      out.push(h("code", { class: "code" }, plainOf(text.slice(i + 1, end))));
      i = end;
    } else if (marks[c] && end > 0) {
      flush();
      out.push(h(marks[c], {}, inline(text.slice(i + 1, end), world, options)));
      i = end;
    } else plain += c;
  }
  flush();
  return out;
}

// A mark opens after a non-word character, closes before one, and holds something that neither begins nor ends blank.
function closing(text, i) {
  const c = text[i];
  if (!(c in marks) && c !== "`") return -1;
  if (i > 0 && /[\p{L}\p{N}]/u.test(text[i - 1])) return -1;
  for (let end = text.indexOf(c, i + 2); end > 0; end = text.indexOf(c, end + 1)) {
    const inside = text.slice(i + 1, end);
    const after = text[end + 1] ?? "";
    if (!/^\s|\s$/.test(inside) && !/[\p{L}\p{N}]/u.test(after)) return end;
  }
  return -1;
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
