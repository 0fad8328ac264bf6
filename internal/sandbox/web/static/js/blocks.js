// Block Kit, drawn the way Slack draws it.
import { h } from "./dom.js";
import { emoji } from "./chips.js";
import { element } from "./elements.js";
import { mrkdwn } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** blocks draws a list of blocks. doer answers what people do with them: see elements.js. */
export function blocks(list, world, doer) {
  return list.map((block, i) => drawBlock(block, world, doer, i));
}

/** drawBlock draws one block. */
export function drawBlock(block, world, doer, index = 0) {
  const draw = kinds[block.type];
  const el = draw ? draw(block, world, doer) : h("div", { class: "unknown" }, `[${block.type} block]`);
  el.classList.add("block");
  el.dataset.blockId = block.block_id ?? `#${index}`;
  return el;
}

/** textOf draws a text object: plain_text is literal, mrkdwn is read. */
export function textOf(text, world) {
  if (!text) return [];
  if (text.type === "mrkdwn") return mrkdwn(text.text, world, { verbatim: text.verbatim });
  return plain(text);
}

/** plain draws a plain_text object; only :emoji: in it are pictures, and only when it says so. */
export function plain(text) {
  if (!text?.emoji) return [text?.text ?? ""];
  return String(text.text ?? "").split(/(:[a-z0-9_+-]+:)/g).map((piece) => {
    const picture = piece.startsWith(":") ? emoji(piece.slice(1, -1)) : null;
    return picture ?? piece;
  });
}

const kinds = {
  header: (b) => h("h3", { class: "b-header" }, plain(b.text)),
  divider: () => h("hr", { class: "b-divider" }),
  section: (b, world, doer) => h("div", { class: "b-section" },
    h("div", { class: "b-main" },
      b.text ? h("div", { class: "b-text" }, textOf(b.text, world)) : null,
      b.fields?.length ? h("div", { class: "b-fields" },
        b.fields.map((f) => h("div", { class: "b-field" }, textOf(f, world)))) : null),
    b.accessory ? h("div", { class: "b-accessory" }, element(b.accessory, b, world, doer)) : null),
  context: (b, world) => h("div", { class: "b-context" },
    (b.elements ?? []).map((e) => e.type === "image" ? picture(e) : h("span", { class: "b-context-text" }, textOf(e, world)))),
  rich_text: (b, world) => h("div", { class: "b-rich" }, richText(b, world)),
  actions: (b, world, doer) => h("div", { class: "b-actions" },
    (b.elements ?? []).map((e) => element(e, b, world, doer))),
  image: (b) => h("div", { class: "b-image" }, picture(b)),
  alert: (b, world) => h("div", { class: `b-alert level-${b.level ?? "default"}`, role: "note" }, textOf(b.text, world)),
  markdown: (b) => h("div", { class: "b-text" }, b.text ?? ""),
  table: (b, world) => table(b, world),
  input: (b, world, doer) => doer.input(b, world),
};

// Pictures are never loaded from elsewhere: the page shows what Slack would read out.
const picture = (e) => h("span", { class: "picture", role: "img", "aria-label": e.alt_text ?? "" }, e.alt_text ?? "image");

function table(b, world) {
  const cell = (c, tag) => h(tag, {}, c.type === "rich_text" ? richText(c, world) : c.text ?? "");
  const [head, ...rows] = b.rows ?? [];
  return h("div", { class: "b-table" }, h("table", {},
    h("thead", {}, h("tr", {}, (head ?? []).map((c) => cell(c, "th")))),
    h("tbody", {}, rows.map((r) => h("tr", {}, r.map((c) => cell(c, "td")))))));
}
