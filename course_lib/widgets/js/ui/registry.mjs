// What the scripts of a page hold for each other: see build.mjs. A notebook has all in one module.

const parts = {};
const here = document.currentScript?.src; // of shared.js, beside which the others lie; "" where all came along inline
globalThis.courseWidgets = parts;

/** The part `name`, from a script that tells of it by an event; it is loaded if need be. Rejects if that fails. */
export function loadPart(name, version) {
  return new Promise((resolve, reject) => {
    if (parts[name]) {
      resolve(parts[name]);
      return;
    }
    if (!here) { // it comes further down
      addEventListener(name, () => resolve(parts[name]), { once: true });
      return;
    }
    const script = document.createElement("script");
    const done = () => {
      if (parts[name]) {
        resolve(parts[name]);
        return;
      }
      script.remove();
      reject(new Error(`${name}.js does not load, or does not run`));
    };
    Object.assign(script, { src: new URL(`${name}.js?v=${version}`, here), onload: done, onerror: done });
    document.head.append(script);
  });
}
