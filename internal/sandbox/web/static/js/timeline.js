// A list of messages that stays where the reader is, and at the end for those who are at the end.
import { h, reconcile, say } from "./dom.js";
import { author, dayLine, drawMessage, timeOf } from "./message.js";

/**
 * makeTimeline keeps a scrolling element filled. show(messages, options) draws them, oldest first; options: place (a key: a new place
 * jumps to the end), lead (an element before the first), doer(message), openThread, dismiss.
 */
export function makeTimeline(scroller, world) {
  const list = h("div", { class: "messages" });
  scroller.append(list);
  const state = { place: null, seen: new Set() };

  const show = (messages, options) => {
    const moved = state.place !== options.place;
    const atEnd = moved || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    const before = state.seen;
    state.place = options.place;
    state.seen = new Set(messages.map((m) => m.ts));
    reconcile(list, rowsOf(messages, options), {
      key: (row) => row.key, sign: (row) => row.sign,
      make: (row) => row.day ? dayLine(row.day) : row.lead ? row.lead() : fresh(row.message, options, !moved && !before.has(row.message.ts)),
    });
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  };
  const fresh = (message, options, isNew) => {
    const el = drawMessage(message, world, { doer: options.doer(message), openThread: options.openThread, shortcut: options.shortcut,
      dismiss: message.ephemeral ? () => options.dismiss(message) : null });
    if (isNew) {
      el.classList.add("fresh");
      say(`${author(message, world).name}: ${spoken(message)}`);
    }
    return el;
  };
  return { show };
}

function rowsOf(messages, options) {
  const rows = options.lead ? [{ key: "lead", sign: "lead" + options.place, lead: options.lead }] : [];
  let day = "";
  for (const message of messages) {
    const of = timeOf(message.ts).toDateString();
    if (of !== day && options.days) rows.push({ key: "day " + of, sign: of, day: message.ts });
    day = of;
    rows.push({ key: message.ts, sign: JSON.stringify(message), message });
  }
  return rows;
}

const spoken = (message) => (message.ephemeral ? "Only visible to you. " : "") + (message.text ?? "").slice(0, 300);
