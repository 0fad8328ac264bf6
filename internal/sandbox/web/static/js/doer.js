// What happens when a person uses an element of a message or a view.
import { post } from "./api.js";
import { toast } from "./toast.js";

const failures = {
  operation_timeout: "The app did not answer within three seconds (operation_timeout). Nothing is known to have happened.",
  dispatch_failed: "The app could not be reached (dispatch_failed). Nothing has happened.",
};

/** refusalOf gives Slack's failure text where an answer says that the app did not acknowledge; otherwise "". */
export function refusalOf(answer) {
  if (answer.acked !== false) return "";
  return failures[answer.error] ?? answer.response?.text ?? answer.error ?? "The app did not acknowledge in time.";
}

/** makeDoer gives what elements.js asks for. where says what the element stands in: {channel, ts} or {view_id}. */
export function makeDoer(world, where, after) {
  const act = async (action, el) => {
    if (el?.getAttribute("aria-busy")) return;
    busy(el, true);
    try {
      const answer = await post("slack/actions", { user: world.acting, ...where, ...used(action) });
      const refused = refusalOf(answer);
      if (refused) toast(answer.response?.text ?? refused, true);
      await after();
    } catch (err) {
      toast(err.message, true);
    } finally {
      busy(el, false);
    }
  };
  const suggest = async (action, query) => {
    const answer = await post("slack/suggestions", { user: world.acting, ...where, ...action, value: query });
    if (answer.acked === false) throw new Error(refusalOf(answer));
    return optionsOf(answer.response ?? answer);
  };
  return { act, suggest };
}

// The value of an action is what was chosen, however the kind of element calls it.
const used = ({ action_id, block_id, value, values, selected_option, selected_options, selected_user, selected_date, selected_time }) => ({
  action_id, block_id, values, value: value ?? selected_option?.value ?? selected_options?.map((o) => o.value) ?? selected_user ?? selected_date ?? selected_time,
});

const optionsOf = (given) => given?.option_groups
  ? given.option_groups.flatMap((g) => (g.options ?? []).map((o) => ({ ...o, group: g.label?.text })))
  : given?.options ?? [];

function busy(el, on) {
  if (!el?.isConnected && on) return;
  if (!el) return;
  if (on) el.setAttribute("aria-busy", "true");
  else el.removeAttribute("aria-busy");
}
