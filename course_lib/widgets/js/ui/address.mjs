// A state in the page's address, so that an exercise is a link: #convolution-2=… is that of the third on the page.
import { byName, isSame } from "../core/arrays.mjs";
import words from "../words/shared.mjs";

const WAIT_MS = 300; // browsers refuse an address that changes too often

/** What `state` has other than `defaults`, as text: it means the same on any page. */
export function packed(state, defaults) {
  const fields = Object.keys(defaults).filter((field) => !isSame(state[field], defaults[field]));
  return encodeURIComponent(JSON.stringify(byName(fields, (field) => state[field])));
}

/** The state of such a text; null where it is none that `isSound`, which may throw, takes. */
export function unpacked(text, defaults, isSound) {
  try {
    const given = JSON.parse(decodeURIComponent(text));
    const state = byName(Object.keys(defaults), (field) => (field in given ? given : defaults)[field]);
    return isSound(state) ? state : null;
  } catch {
    return null;
  }
}

/** Types and lengths of a value, to be compared with those of another. */
export const formOf = (value) => (Array.isArray(value) ? value.map(formOf) : typeof value);

/**
 * { write(state), link(), isUsable(), stop() } of the widget `name` at `root`. `defaults` has all fields of a state, of
 * which the address tells those that differ; it need not tell the state `start`. `adopt(state)` takes over a state from
 * the address that `isSound`, and `ready()` is called once the widget stands on its page.
 */
export function createAddress(root, name, start, { defaults, isSound, adopt, say, ready }) {
  const own = { key: null, timer: null, text: "" };
  let latest = start;
  const listen = () => {
    const text = parts().find(([key]) => key === own.key)?.[1] ?? "";
    if (text === own.text) return;
    own.text = text;
    const state = text && unpacked(text, defaults, isSound);
    if (state) adopt(state);
    else if (text) say(words.noState);
  };
  queueMicrotask(() => { // by then the page has put the widget in its place
    const stand = root.closest("[data-course-widget]");
    // A page that loads the script as a file is the widget's own. Where the script came along in a notebook's output,
    // or the widget is live, the address is the front end's.
    if (!stand || !document.querySelector(`script[src*="${name}.js"]`)) return;
    own.key = `${name}-${[...document.querySelectorAll(`[data-course-widget="${name}"]`)].indexOf(stand)}`;
    addEventListener("hashchange", listen);
    ready();
    listen();
  });
  const put = (text) => {
    clearTimeout(own.timer);
    own.timer = null;
    own.text = text;
    const hash = [...parts().filter(([key]) => key !== own.key), ...(text ? [[own.key, text]] : [])]
      .map((each) => each.join("=")).join("&");
    try {
      history.replaceState(history.state, "", hash ? `#${hash}` : location.pathname + location.search);
    } catch {
      // a sandboxed frame has no address of its own
    }
  };
  const write = (state) => {
    latest = state;
    if (own.key) own.timer ??= setTimeout(() => put(isSame(latest, start) ? "" : packed(latest, defaults)), WAIT_MS);
  };
  const link = async () => {
    put(packed(latest, defaults));
    try {
      await navigator.clipboard.writeText(location.href);
      say(words.copied);
    } catch {
      say(words.failed);
    }
  };
  const stop = () => {
    clearTimeout(own.timer);
    removeEventListener("hashchange", listen);
  };
  return { write, link, stop, isUsable: () => own.key !== null };
}

/** [key, text] of each state in the address; an anchor of the page itself is kept as it is. */
const parts = () => location.hash.slice(1).split("&").filter(Boolean).map((each) => {
  const [key, ...text] = each.split("=");
  return text.length ? [key, text.join("=")] : [key];
});
