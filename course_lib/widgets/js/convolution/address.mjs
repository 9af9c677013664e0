// The state in the page's address, so that an exercise is a link: #convolution-2=… is that of the third on the page.
import words from "../words/convolution.mjs";
import { isSame, packed, unpacked } from "./state.mjs";

const WAIT_MS = 300; // browsers refuse an address that changes too often

/**
 * { write(state), link(), isUsable(), stop() }. `adopt(state)` takes a state from the address; `ready()` is called once
 * the widget stands on its page. `start` is the state that the address need not tell.
 */
export function addressOf(root, start, { adopt, say, ready }) {
  const place = { name: null, timer: null, state: start, text: "" };
  const listen = () => {
    const own = parts().find(([name]) => name === place.name)?.[1] ?? "";
    if (own === place.text) return;
    place.text = own;
    const state = own && unpacked(own);
    if (state) adopt(state);
    else if (own) say(words.noState);
  };
  queueMicrotask(() => { // by then the page has put the widget in its place
    const stand = root.closest("[data-course-widget]");
    // A page that loads the script as a file is the widget's own. Where the script came along in a notebook's output,
    // or the widget is live, the address is the front end's.
    if (!stand || !document.querySelector('script[src*="convolution.js"]')) return;
    place.name = `convolution-${[...document.querySelectorAll('[data-course-widget="convolution"]')].indexOf(stand)}`;
    addEventListener("hashchange", listen);
    ready();
    listen();
  });
  const put = (text) => {
    clearTimeout(place.timer);
    place.timer = null;
    place.text = text;
    const hash = [...parts().filter(([name]) => name !== place.name), ...(text ? [[place.name, text]] : [])]
      .map((each) => each.join("=")).join("&");
    try {
      history.replaceState(history.state, "", hash ? `#${hash}` : location.pathname + location.search);
    } catch {
      // a sandboxed frame has no address of its own
    }
  };
  const write = (state) => {
    place.state = state;
    const tell = () => put(isSame(place.state, start) ? "" : packed(place.state));
    if (place.name) place.timer ??= setTimeout(tell, WAIT_MS);
  };
  const link = async () => {
    put(packed(place.state));
    try {
      await navigator.clipboard.writeText(location.href);
      say(words.copied);
    } catch {
      say(words.failed);
    }
  };
  const stop = () => {
    clearTimeout(place.timer);
    removeEventListener("hashchange", listen);
  };
  return { write, link, stop, isUsable: () => place.name !== null };
}

/** [name, text] of each state in the address; an anchor of the page itself is kept as it is. */
const parts = () => location.hash.slice(1).split("&").filter(Boolean).map((each) => {
  const [name, ...text] = each.split("=");
  return text.length ? [name, text.join("=")] : [name];
});
