// What is new: a long poll that never gives up, and tells one listener about each batch of changes.
import { get } from "./api.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** follow calls onChanges(changes, reset) for ever; onState(connected) when the line goes or comes back. */
export async function follow(onChanges, onState) {
  let since;
  let wait = 500;
  let up = true;
  for (;;) {
    try {
      const answer = await get("slack/changes", since === undefined ? { wait: 0 } : { since, wait: 25 });
      const first = since === undefined;
      since = answer.seq;
      wait = 500;
      if (!up) onState((up = true));
      if (first || answer.reset) onChanges([], true);
      else if (answer.changes?.length) onChanges(answer.changes, false);
    } catch {
      if (up) onState((up = false));
      since = undefined;
      await pause(wait);
      wait = Math.min(wait * 2, 5000);
    }
  }
}
