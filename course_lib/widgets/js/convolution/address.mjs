// The state in the page's address, so that an exercise is a link: #convolution-2=… is that of the third on the page.
import { packed, unpacked } from "./state.mjs";
import words from "../words/convolution.mjs";

const WAIT_MS = 300; // browsers refuse an address that changes too often

/** { write(state), link() }. `adopt(state)` takes a state from the address, once the widget stands on its page; then `ready()`. */
export function addressOf(root, start, { adopt, say, ready }) {
  const place = { name: null, timer: null, text: "" };
  queueMicrotask(() => { // by then the page has put the widget in its place
    const stand = root.closest("[data-course-widget]");
    if (!stand) return; // a notebook's address is not ours
    const all = [...document.querySelectorAll('[data-course-widget="convolution"]')];
    place.name = `convolution-${all.indexOf(stand)}`;
    ready();
    const own = parts().find(([name]) => name === place.name);
    if (!own) return;
    const state = unpacked(own[1], start);
    if (state) adopt(state);
    else say(words.badAddress);
  });
  const put = () => {
    place.timer = null;
    const others = parts().filter(([name]) => name !== place.name).map((each) => each.join("="));
    const hash = [...others, ...(place.text ? [`${place.name}=${place.text}`] : [])].join("&");
    try {
      history.replaceState(history.state, "", hash ? `#${hash}` : location.pathname + location.search);
    } catch {
      // a sandboxed frame has no address of its own
    }
  };
  const write = (state) => {
    const text = packed(state, start);
    if (!place.name || text === place.text) return;
    place.text = text;
    place.timer ??= setTimeout(put, WAIT_MS);
  };
  const link = async () => {
    if (place.timer) {
      clearTimeout(place.timer);
      put();
    }
    try {
      await navigator.clipboard.writeText(location.href);
      say(words.linkCopied);
    } catch {
      say(words.linkFailed);
    }
  };
  return { write, link, isUsable: () => place.name !== null };
}

/** [name, text] of each state in the address; an anchor of the page itself is kept as it is. */
function parts() {
  const hash = location.hash.slice(1);
  return hash ? hash.split("&").map((each) => {
    const at = each.indexOf("=");
    return at < 0 ? [each] : [each.slice(0, at), each.slice(at + 1)];
  }) : [];
}
