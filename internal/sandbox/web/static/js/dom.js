// The only place that makes elements. Text goes in as text nodes, never as HTML: what people and identity systems
// write stays literal whatever is in it.

/** h makes an element. props: class, on:{event:fn}, data:{}, text, and any attribute; true sets a bare attribute. */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [type, fn] of Object.entries(value)) el.addEventListener(type, fn);
    else if (name === "data") Object.assign(el.dataset, value);
    else if (name === "text") el.textContent = value;
    else if (name === "value" && "value" in el) el.value = value;
    else if (name === "class") el.className = value;
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  append(el, children);
  return el;
}

/** append adds nodes and strings; null and false are left out. */
export function append(el, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    el.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return el;
}

/** swap replaces all children, unless the signature says that nothing changed. */
export function swap(el, signature, make) {
  if (el.dataset.sign === signature) return false;
  el.dataset.sign = signature;
  el.replaceChildren();
  append(el, [make()]);
  return true;
}

/**
 * reconcile makes parent's children be one element per item, in order. An element stays the same node for as long as
 * its item's signature is the same, so nothing flickers and nobody loses their focus or their place.
 */
export function reconcile(parent, items, { key, sign, make }) {
  const old = new Map([...parent.children].map((el) => [el.dataset.key, el]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const k = key(item);
    const s = sign ? sign(item) : JSON.stringify(item);
    let el = old.get(k);
    old.delete(k);
    if (!el || el.signature !== s) {
      const fresh = make(item, el);
      fresh.dataset.key = k;
      fresh.signature = s;
      if (el) {
        const focused = el.contains(document.activeElement) ? document.activeElement : null;
        if (at === el) at = el.nextElementSibling;
        el.replaceWith(fresh);
        if (focused) refocus(fresh, focused);
      }
      el = fresh;
    }
    if (el === at) at = at.nextElementSibling;
    else parent.insertBefore(el, at);
  }
  for (const gone of old.values()) gone.remove();
}

// The focus goes to the same control in the new element, never to another one that happens to stand there.
const sameness = (el) => [el.tagName, el.dataset.actionId ?? "", el.value ?? "", el.textContent].join("\n");

function refocus(el, before) {
  const again = [...el.querySelectorAll("button, input, select, textarea, a")].find((c) => sameness(c) === sameness(before));
  if (again) return again.focus({ preventScroll: true });
  if (!el.hasAttribute("tabindex")) el.setAttribute("tabindex", "-1");
  el.focus({ preventScroll: true });
}

/** button makes a real button; label is its text and, with icon, its accessible name. */
export function button(label, onclick, props = {}) {
  return h("button", { type: "button", ...props, on: { click: onclick, ...(props.on ?? {}) } }, props.icon ?? label);
}

let ids = 0;
/** uid gives an id for label-for pairs. */
export const uid = (prefix) => `${prefix}-${++ids}`;

/** heard finds the place of its kind that is heard now: what lies below a modal dialog is inert, and not read out. */
export const heard = (css) => [...document.querySelectorAll(`body > ${css}, dialog[open] > ${css}`)].at(-1);

/** say reads a sentence to screen readers without moving the focus. */
export function say(text) {
  const live = heard(".live");
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

/** copyText puts text on the clipboard where the browser allows it. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
