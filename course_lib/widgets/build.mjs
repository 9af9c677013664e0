// Bundles the widgets: dist/<name>.mjs is what anywidget takes; for pages dist/shared.js holds what widgets share, and
// dist/<name>.js puts one of them in its places. Those two are classic scripts, as modules do not load from a disk.
// `node build.mjs NAME …` bundles these and shared.js.
import { readFileSync, readdirSync } from "node:fs";
import { relative } from "node:path";
import { build, transform } from "esbuild";

const modules = (folder) => readdirSync(folder).filter((file) => file.endsWith(".mjs"));
const SHARED = [...modules("js/ui").map((file) => `js/ui/${file}`), "js/words/shared.mjs", "js/core/base64.mjs"];
const GLOBAL = "courseWidgets"; // the function by which a page's scripts get what shared.js holds

// A style sheet goes in as text, minified by itself.
const styles = { name: "styles", setup: ({ onLoad }) => onLoad({ filter: /\.css$/ }, async ({ path }) => {
  const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
  return { contents: code.trim(), loader: "text" };
}) };
const options = { bundle: true, minify: true, target: "es2022", plugins: [styles] };
const onPage = { ...options, format: "iife" };

// In a page's script a shared module is what shared.js has put there; what a widget does not import is dropped.
const { metafile } = await build({ ...options, entryPoints: SHARED, format: "esm", outdir: "none", write: false, metafile: true });
const names = Object.fromEntries(Object.values(metafile.outputs).map((made) => [made.entryPoint, made.exports]));
const called = (file, name) => (name === "default" ? file : name); // a default export goes by its file
const taken = SHARED.flatMap((file) => names[file].map((name) => called(file, name)));
const twice = taken.filter((name, index) => taken.indexOf(name) !== index);
if (twice.length) throw new Error(`two shared modules export ${twice.join(", ")}: rename one`);
const fromShared = { name: "shared", setup: ({ onLoad }) => onLoad({ filter: /\.mjs$/ }, ({ path }) => {
  const name = relative(".", path);
  if (!SHARED.includes(name)) return undefined;
  const get = (each) => `/* @__PURE__ */ ${GLOBAL}("${called(name, each)}")`;
  return { contents: names[name].map((each) => (
    each === "default" ? `export default ${get(each)};` : `export const ${each} = ${get(each)};`)).join("\n") };
}) };

const all = modules("js").map((file) => file.slice(0, -4));
const chosen = process.argv.slice(2);
const stdin = (contents) => ({ stdin: { contents, resolveDir: "." } });
const imported = SHARED.map((file, index) => `import * as part${index} from "./${file}";`);
const put = SHARED.flatMap((file, index) => names[file].map((name) => `"${called(file, name)}": part${index}.${name}`));
await build({ ...onPage, outfile: "dist/shared.js", ...stdin(`${imported.join("\n")}
const parts = { ${put} };
globalThis.${GLOBAL} = (name) => parts[name];`) });
for (const name of chosen.length ? chosen : all) {
  await build({ ...options, entryPoints: [`js/${name}.mjs`], format: "esm", outfile: `dist/${name}.mjs` });
  const page = `import widget from "./js/${name}.mjs";
import { mountAll } from "./js/ui/page.mjs";
mountAll("${name}", widget);`;
  await build({ ...onPage, plugins: [styles, fromShared], outfile: `dist/${name}.js`, ...stdin(page) });
}
