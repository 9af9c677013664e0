// Bundles the widgets: dist/<name>.mjs is what anywidget takes; for pages dist/shared.js holds what widgets share, and
// dist/<name>.js puts one of them in its places. What js/<name>/more.mjs exports goes into dist/<name>_more.js, which a
// page loads when a reader first asks for it. A page's scripts are classic, as modules do not load from a disk.
// `node build.mjs NAME …` bundles these and shared.js.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, relative } from "node:path";
import { build, transform } from "esbuild";

const modules = (folder) => readdirSync(folder).filter((file) => file.endsWith(".mjs"));
const SHARED = [...modules("js/ui").map((file) => `js/ui/${file}`), "js/words/shared.mjs",
  ...["arrays", "base64", "python", "window"].map((name) => `js/core/${name}.mjs`)];
const REGISTRY = "courseWidgets"; // the object in which the scripts of a page keep what others take: js/ui/registry.mjs

const onLoad = (name, filter, load) => (
  { name, setup: (bundle) => bundle.onLoad({ filter }, ({ path }) => load(path)) });
// A style sheet goes in as text, minified by itself.
const styles = onLoad("styles", /\.css$/, async (path) => {
  const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
  return { contents: code.trim(), loader: "text" };
});
const options = { bundle: true, minify: true, target: "es2022" };

/** The keys in the registry of all that `files` export: { file: { name: key } }. */
async function keysOf(files, prefix = "") {
  const { metafile } = await build({
    ...options, entryPoints: files, format: "esm", outdir: "none", write: false, metafile: true, plugins: [styles],
  });
  const key = (file, name) => prefix + (name === "default" || prefix ? `${basename(file, ".mjs")}_${name}` : name);
  const keys = Object.fromEntries(Object.values(metafile.outputs).map(({ entryPoint: file, exports }) => [
    file, Object.fromEntries(exports.map((name) => [name, key(file, name)]))]));
  const all = Object.values(keys).flatMap(Object.values);
  const twice = all.filter((each, index) => all.indexOf(each) !== index);
  if (twice.length) throw new Error(`two modules export ${twice.join(", ")}: rename one`);
  return keys;
}

/** Code that puts the exports of `keys` into the registry. */
function putting(keys) {
  const files = Object.keys(keys);
  return `${files.map((file, at) => `import * as part${at} from "./${file}";`).join("\n")}
Object.assign(${REGISTRY}, { ${files.flatMap((file, at) => Object.entries(keys[file]).map(
    ([name, key]) => `${key}: part${at}.${name}`))} });`;
}

/** Bundles `code` into a classic script that takes the exports of `keys` from the registry; returns those it took. */
async function buildScript(outfile, code, keys, plugins = []) {
  const bundle = (write, exportOf, ...others) => build({
    ...options, format: "iife", stdin: { contents: code, resolveDir: "." }, outfile, write,
    plugins: [styles, ...plugins, ...others, onLoad("registry", /\.mjs$/, (path) => {
      const own = keys[relative(".", path)];
      return own && { contents: Object.entries(own).map(([name, key]) => exportOf(name, key)).join("\n") };
    })],
  });
  const value = (name, text) => `${name === "default" ? "export default" : `export const ${name} =`} ${text};`;
  // Once to see which keys are left when all that is not used is dropped, then with those in one list.
  const call = (key) => `${REGISTRY}("${key}")`;
  const { outputFiles: [{ text }] } = await bundle(false, (name, key) => (
    value(name, `/* @__PURE__ */ ${call(key)}`)));
  const taken = Object.values(keys).flatMap(Object.values).filter((key) => text.includes(call(key)));
  const list = { name: "taken", setup: (made) => {
    made.onResolve({ filter: /^taken$/ }, () => ({ path: "taken", namespace: "taken" }));
    made.onLoad({ filter: /./, namespace: "taken" }, () => ({ contents: `export const { ${taken} } = ${REGISTRY};` }));
  } };
  const from = (name, key) => (taken.includes(key) ? `export { ${key} as ${name} } from "taken";` : value(name, 0));
  await bundle(true, from, list);
  return taken;
}

const shared = await keysOf(SHARED);
await build({ ...options, format: "iife", plugins: [styles], outfile: "dist/shared.js", stdin: {
  contents: `import "./js/ui/registry.mjs";\n${putting(shared)}`, resolveDir: ".",
} });

/** Bundles what a page loads later; returns { code, plugins } for the script that it loads first. */
async function buildMore(name) {
  const [entry, file] = [`js/${name}.mjs`, `js/${name}/more.mjs`];
  const inPlaceOf = (contents) => onLoad("later", /more\.mjs$/, (path) => (
    relative(".", path) === file ? { contents } : null));
  const { metafile } = await build({
    ...options, entryPoints: [entry], format: "esm", write: false, metafile: true,
    plugins: [styles, inPlaceOf("export const load = 0;")],
  });
  const own = await keysOf(Object.keys(metafile.inputs).filter(
    (input) => input.endsWith(".mjs") && !shared[input] && ![entry, file].includes(input)), `${name}_`);
  const outfile = `dist/${name}_more.js`;
  const taken = await buildScript(outfile, `import { more } from "./${file}";
${REGISTRY}.${name}_more = more;
dispatchEvent(new Event("${name}_more"));`, { ...shared, ...own });
  const put = Object.entries(own).map(([from, keys]) => [
    from, Object.fromEntries(Object.entries(keys).filter(([, key]) => taken.includes(key)))]);
  const version = createHash("sha256").update(readFileSync(outfile)).digest("hex").slice(0, 8);
  return { code: putting(Object.fromEntries(put)), plugins: [inPlaceOf(`import { loadPart } from "../ui/registry.mjs";
export const load = () => loadPart("${name}_more", "${version}");`)] };
}

const all = modules("js").map((file) => file.slice(0, -4));
const chosen = process.argv.slice(2);
for (const name of chosen.length ? chosen : all) {
  await build({
    ...options, entryPoints: [`js/${name}.mjs`], format: "esm", outfile: `dist/${name}.mjs`, plugins: [styles],
  });
  const { code, plugins } = existsSync(`js/${name}/more.mjs`) ? await buildMore(name) : { code: "", plugins: [] };
  await buildScript(`dist/${name}.js`, `import widget from "./js/${name}.mjs";
import { mountAll } from "./js/ui/page.mjs";
${code}
mountAll("${name}", widget);`, shared, plugins);
}
