// rich_text blocks: sections, lists, quotes and preformatted text, whose texts are literal.
import { h } from "./dom.js";
import { broadcast, channelChip, emoji, groupChip, link, slackDate, userChip } from "./chips.js";

/** richText gives the nodes of one rich_text block. */
export function richText(block, world) {
  return (block.elements ?? []).map((part) => partOf(part, world));
}

function partOf(part, world) {
  const inside = () => (part.elements ?? []).map((e) => leaf(e, world));
  switch (part.type) {
    case "rich_text_section": return h("div", { class: "rt-section" }, inside());
    case "rich_text_quote": return h("blockquote", { class: "quote" }, inside());
    case "rich_text_preformatted": return h("pre", { class: "pre" }, h("code", {}, inside()));
    case "rich_text_list": return list(part, world);
    default: return h("div", { class: "unknown" }, `[${part.type}]`);
  }
}

function list(part, world) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && part.offset ? part.offset + 1 : undefined;
  return h(tag, { class: `rt-list indent-${Math.min(part.indent ?? 0, 8)}`, start },
    (part.elements ?? []).map((item) => h("li", {}, partOf(item, world))));
}

const styles = [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]];

function leaf(e, world) {
  switch (e.type) {
    case "text": return styled(e.text ?? "", e.style);
    case "link": return styled(link(e.url ?? "", e.text), e.style);
    case "user": return userChip(e.user_id ?? "", world);
    case "channel": return channelChip(e.channel_id ?? "", world);
    case "usergroup": return groupChip(e.usergroup_id ?? "", world);
    case "broadcast": return broadcast(e.range ?? "", world);
    case "emoji": return emoji(e.name ?? "", e.unicode) ?? `:${e.name}:`;
    case "date": return styled(slackDate(e), e.style);
    case "color": return e.value ?? "";
    default: return h("span", { class: "unknown" }, `[${e.type}]`);
  }
}

function styled(content, style = {}) {
  let node = style?.code ? h("code", { class: "code" }, content) : content;
  for (const [name, tag] of styles) if (style?.[name]) node = h(tag, {}, node);
  return node;
}
