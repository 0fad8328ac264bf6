// The Slack tab: what the acting person sees of one channel, one thread, and the forms that are open.
import { button, h, say, swap } from "./dom.js";
import { get, onlyLatest, post } from "./api.js";
import { blocks } from "./blocks.js";
import { makeComposer } from "./composer.js";
import { modals } from "./modal.js";
import { mountSidebar } from "./sidebar.js";
import { makeTimeline } from "./timeline.js";
import { makeDoer, refusalOf } from "./doer.js";
import { inputBlock } from "./fields.js";
import { shortcutMenu } from "./shortcuts.js";
import { makeThread } from "./thread.js";
import { toast } from "./toast.js";
import { tryBox } from "./try.js";

const reader = (path) => onlyLatest((params) => get(path, params));
const readMessages = reader("slack/messages");
const readThread = reader("slack/messages");
const readEphemerals = reader("slack/ephemerals");
const readViews = reader("slack/views");
const readHome = reader("slack/home");

/** mountSlack fills the tab's places. openTool(name, args) shows a tool in the assistant console. */
export function mountSlack(world, openTool) {
  const el = (id) => document.getElementById(id);
  const state = { messages: [], ephemerals: [], unread: new Set(), thread: null, dismissed: new Set() };
  let fresh = true; // a reload of Slack's client takes its ephemerals and forms away
  const drawSidebar = mountSidebar(el("sidebar"), world, { act: actAs, open: openPlace });
  const scroller = el("timeline");
  const timeline = makeTimeline(scroller, world);
  const home = h("div", { class: "home" });
  const composer = makeComposer({ id: "composer", world, send: (text) => send(text, null) });
  const menu = shortcutMenu((s) => shortcut(s, {}));
  composer.el.append(menu.el);
  el("composer-place").append(composer.el, composer.note);
  const tryPane = tryBox({ put: (text) => { el("side").classList.add("idle"); openPlaceFor(); composer.put(text); }, openTool,
    close: () => { el("side").classList.add("idle"); document.querySelector(".try-button")?.focus(); } });
  const thread = makeThread(el("side"), world, { send, doerFor, idle: tryPane, close: () => openThread(null) });
  const forms = modals(world, {
    submit: (view, values) => post("slack/view_submissions", { user: world.acting, view_id: view.id, values }).finally(loadViews),
    closed: (view) => post("slack/view_closed", { user: world.acting, view_id: view.id }).catch(() => {}).finally(loadViews),
    act: (view, action, trigger) => makeDoer(world, { view_id: view.id }, after).act(action, trigger),
    suggest: (view, action, query) => makeDoer(world, { view_id: view.id }, after).suggest(action, query),
  });

  function doerFor(message) {
    return makeDoer(world, { channel: message.channel ?? world.place, ts: message.ts }, after);
  }

  async function after() {
    await Promise.all([loadMessages(), loadEphemerals(), loadViews()]);
  }

  async function send(text, threadTs) {
    if (text.startsWith("/")) return command(text, threadTs);
    await post("slack/messages", { user: world.acting, channel: world.place, text, thread_ts: threadTs ?? undefined });
    await loadMessages();
    return "";
  }

  async function command(text, threadTs) {
    const [, name, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
    const answer = await post("slack/commands", { user: world.acting, channel: world.place, command: name, text: rest, thread_ts: threadTs ?? undefined });
    await after();
    const refused = refusalOf(answer);
    if (refused) throw new Error(refused);
    return `Acknowledged in ${answer.elapsed_ms} ms`;
  }

  async function shortcut(s, message) {
    const where = message.ts ? { channel: world.place, ts: message.ts } : {};
    try {
      const answer = await post("slack/shortcuts", { user: world.acting, callback_id: s.callback_id, ...where });
      const refused = refusalOf(answer);
      if (refused) toast(refused, true);
    } catch (err) {
      toast(err.message, true);
    }
    await after();
  }

  async function actAs(id) {
    world.acting = id;
    sessionStorage.setItem("acting", id);
    forms.sync([]);
    openThread(state.thread);
    await world.refresh();
    if (world.place !== "home" && !world.mine().concat(world.directs).some((c) => c.id === world.place)) world.place = approvals();
    if (world.place === "home") visitApp("home");
    draw();
    await after();
    say(`You are now ${world.me()?.real_name}.`);
  }

  const approvals = () => (world.channels.find((c) => c.name === "identity-approvals") ?? world.channels[0])?.id;

  // A slash command goes where the bot is.
  function openPlaceFor() {
    if (!world.channel(world.place) || world.channel(world.place).name === "general") openPlace(approvals());
  }

  // Opening the app, its Home tab or the direct messages with it, is told to the app.
  const visitApp = (tab) => post("slack/home", { user: world.acting, tab }).catch((err) => toast(err.message, true));

  async function openDirect() {
    const answer = await visitApp("messages");
    await world.refresh();
    if (answer?.channel) await openPlace(answer.channel, true);
  }

  function openPlace(id, told = false) {
    if (id === "direct" || (world.channel(id)?.is_im && !told)) return openDirect();
    world.place = id;
    sessionStorage.setItem("place", id);
    state.unread.delete(id);
    state.messages = [];
    if (id === "home") visitApp("home").then(loadHome);
    if (state.thread) openThread(null);
    closeDrawer();
    draw();
    return Promise.all([loadMessages(), loadEphemerals()]);
  }

  function openThread(ts) {
    state.thread = ts;
    thread.open(ts, state.messages.find((m) => m.ts === ts));
    loadThread();
  }

  async function loadMessages() {
    const place = world.place;
    if (place === "home") return loadHome();
    const answer = await readMessages({ channel: place, limit: 200 });
    if (!answer || place !== world.place) return;
    state.messages = [...answer.messages].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    drawTimeline();
    if (state.thread) await loadThread();
  }

  async function loadThread() {
    if (!state.thread) return;
    const answer = await readThread({ channel: world.place, thread_ts: state.thread });
    if (answer && state.thread) thread.show(answer.messages, state.ephemerals.filter((m) => m.thread_ts === state.thread && visible(m)), dismiss);
  }

  async function loadEphemerals() {
    const answer = await readEphemerals({ user: world.acting });
    if (!answer) return;
    state.ephemerals = answer.messages.map((m) => ({ ...m, ephemeral: true }));
    drawTimeline();
    if (state.thread) await loadThread();
  }

  async function loadViews() {
    const answer = await readViews({ user: world.acting });
    if (answer) forms.sync(answer.views);
  }

  async function loadHome() {
    const answer = await readHome({ user: world.acting });
    if (!answer) return;
    const { view } = answer;
    const doer = makeDoer(world, { view_id: view?.id }, after);
    doer.input = (block, w) => inputBlock(block, w, doer);
    swap(home, JSON.stringify(view?.blocks ?? null), () => view?.blocks?.length ? blocks(view.blocks, world, doer)
      : h("div", { class: "empty" }, `${world.botName()} has nothing on its Home tab.`));
  }

  const visible = (m) => m.channel === world.place && !state.dismissed.has(m.ts);

  function dismiss(message) {
    state.dismissed.add(message.ts);
    drawTimeline();
    loadThread();
  }

  function drawTimeline() {
    const whole = world.place === "home";
    home.hidden = !whole;
    scroller.firstElementChild.hidden = whole;
    if (whole) return;
    const shown = [...state.messages.filter((m) => !m.thread_ts || m.thread_ts === m.ts || m.subtype === "thread_broadcast"),
      ...state.ephemerals.filter((m) => visible(m) && !m.thread_ts)].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    timeline.show(shown, { place: `${world.acting} ${world.place}`, days: true, doer: doerFor, openThread, dismiss, shortcut, lead: beginning });
  }

  function beginning() {
    const c = world.channel(world.place);
    return h("div", { class: "beginning" }, h("h3", {}, c?.is_im ? world.botName() : `#${c?.name ?? ""}`),
      h("p", { class: "muted" }, c?.is_im ? "Direct messages between you and the app." : `This is the very beginning of #${c?.name ?? ""}. ${c?.purpose ?? ""}`));
  }

  function draw() {
    drawSidebar(state.unread);
    const c = world.channel(world.place);
    const name = world.place === "home" ? `${world.botName()} Home` : c?.is_im ? world.botName() : `#${c?.name ?? ""}`;
    swap(el("channel-head"), JSON.stringify([name, c, world.acting]), () => [h("h2", {}, name), h("span", { class: "muted purpose" }, c?.purpose ?? ""),
      h("span", { class: "muted members" }, h("span", { class: "wide" }, "You are "), world.me()?.real_name ?? ""),
      button("Things to try", (ev) => ev.currentTarget.setAttribute("aria-expanded", String(!el("side").classList.toggle("idle"))), { class: "btn btn-small try-button" })]);
    swap(el("banner"), String(world.connected), () => world.connected ? "" : [h("strong", {}, "No bot is connected. "),
      "Slack shows that an app does not answer. Start accountops with the environment that the sandbox has printed."]);
    el("banner").hidden = world.connected;
    menu.draw(world.shortcuts.filter((s) => s.type === "global"));
    composer.place(`Message ${name} as ${world.me()?.real_name.split(" ")[0] ?? ""}`);
    el("composer-place").hidden = world.place === "home";
    drawTimeline();
  }

  const closeDrawer = () => { el("sidebar").classList.remove("open"); if (!state.thread) el("side").classList.add("idle"); el("menu").setAttribute("aria-expanded", "false"); };

  /** changed reads again what a batch of changes names. */
  async function changed(changes, reset) {
    if (reset) return start();
    const mine = (c) => c.user === world.acting;
    const here = (c) => c.channel === world.place;
    for (const c of changes) if (c.kind === "message" && !here(c) && !c.thread_ts) state.unread.add(c.channel);
    if (changes.some((c) => ["people", "groups", "channel", "socket"].includes(c.kind))) await world.refresh().then(draw);
    const jobs = [];
    if (changes.some((c) => c.kind.startsWith("message") && here(c))) jobs.push(loadMessages());
    if (changes.some((c) => c.kind === "ephemeral" && mine(c))) jobs.push(loadEphemerals());
    if (changes.some((c) => c.kind === "modal" && mine(c))) jobs.push(loadViews());
    if (changes.some((c) => c.kind === "home" && mine(c)) && world.place === "home") jobs.push(loadHome());
    await Promise.all(jobs);
    drawSidebar(state.unread);
  }

  async function start() {
    await world.refresh();
    if (fresh && performance.getEntriesByType("navigation")[0]?.type === "reload") await post("slack/reload", { user: world.acting });
    fresh = false;
    const place = sessionStorage.getItem("place");
    if (!world.channel(world.place)) world.place = (place === "home" && world.homeTab) || world.channel(place) ? place : approvals();
    if (world.place === "home") visitApp("home");
    draw();
    await after();
  }

  scroller.append(home);
  el("menu").addEventListener("click", () => el("menu").setAttribute("aria-expanded", String(el("sidebar").classList.toggle("open"))));
  scroller.addEventListener("click", closeDrawer);
  el("sidebar").addEventListener("keydown", (ev) => { if (ev.key === "Escape") { closeDrawer(); el("menu").focus(); } });
  return { changed: (changes, reset) => changed(changes, reset).catch((err) => toast(err.message, true)) };
}
