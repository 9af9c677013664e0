// Style sheet, and light or dark as the page around the widget says.
import css from "./theme.css";

/** Adds the style sheet that widgets share, and `own`, that of the widget `name`, to the page, each once. */
export function addStyle(name, own = "") {
  for (const [owner, text] of [["shared", css], [name, own]]) {
    if (!text || document.head.querySelector(`style[data-course-widgets="${owner}"]`)) continue;
    const style = document.createElement("style");
    style.dataset.courseWidgets = owner;
    style.textContent = text;
    document.head.append(style);
  }
}

/** Keeps `data-cw-theme` of `root` at "light" or "dark"; returns what stops it. */
export function followTheme(root) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { root.dataset.cwTheme = isDark(system) ? "dark" : "light"; };
  const observer = new MutationObserver(apply);
  for (const element of marked()) observer.observe(element, { attributes: true });
  system.addEventListener("change", apply);
  apply();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", apply);
  };
}

function isDark(system) {
  for (const { dataset, attributes } of marked()) {
    if (dataset.theme) return dataset.theme === "dark"; // Jupyter Book
    if (dataset.jpThemeLight) return dataset.jpThemeLight === "false"; // JupyterLab, Notebook 7
    if (dataset.vscodeThemeKind) return /dark|high-contrast$/.test(dataset.vscodeThemeKind); // VS Code
    if (attributes.theme) return attributes.theme.value === "dark"; // Colab
  }
  return system.matches;
}

/** The elements that may name the theme, innermost first: VS Code names it outside the frame of an output. */
function marked() {
  const found = [];
  for (let frame = window; ; frame = frame.parent) {
    try {
      found.push(frame.document.documentElement, frame.document.body ?? frame.document.documentElement);
    } catch {
      return found; // a parent from another origin
    }
    if (frame === frame.parent) return found;
  }
}
