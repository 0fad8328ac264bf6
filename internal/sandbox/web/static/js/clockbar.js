// The sandbox's clock: what time it is here, and how to put it forward.
import { button, h, say } from "./dom.js";
import { get, post } from "./api.js";
import { now, setNow } from "./chips.js";
import { toast } from "./toast.js";

/** mountClock fills the bar's corner; advanced() is told when the clock was put forward. */
export function mountClock(root, advanced) {
  const time = h("time", {});
  const ahead = h("span", { class: "ahead" });
  const advance = async (by) => {
    try {
      setNow(new Date((await post("clock", { advance: by })).now));
      draw();
      say(`The clock was put forward by ${by}.`);
      advanced();
    } catch (err) {
      toast(err.message, true);
    }
  };
  root.append(h("span", { class: "sr-only" }, "Sandbox time "), h("span", { class: "long" }, time), ahead,
    ...["1h", "25h"].map((by) => button("+" + by, () => advance(by), { title: `Put the sandbox's clock forward by ${by}`,
      "aria-label": `Put the clock forward by ${by}` })));
  const draw = () => {
    const at = now();
    const hours = Math.round((at - Date.now()) / 3600000);
    time.dateTime = at.toISOString();
    time.textContent = at.toLocaleString("en", { weekday: "short", hour: "numeric", minute: "2-digit" });
    ahead.textContent = hours ? `+${hours} h` : "";
    ahead.title = hours ? "The sandbox's clock is ahead of the real one" : "";
  };
  const sync = async () => {
    setNow(new Date((await get("clock")).now));
    draw();
  };
  setInterval(draw, 10000);
  return { sync };
}
