// Bundles each widget, js/<name>.mjs, twice: dist/<name>.mjs is what anywidget takes, dist/<name>.js a classic
// script that puts the widget in its places on a page, also on one opened from a disk. `node build.mjs NAME …` bundles
// these alone.
import { readFileSync, readdirSync } from "node:fs";
import { build, transform } from "esbuild";

// A style sheet goes in as text, minified by itself.
const styles = { name: "styles", setup: ({ onLoad }) => onLoad({ filter: /\.css$/ }, async ({ path }) => {
  const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
  return { contents: code.trim(), loader: "text" };
}) };
const shared = { bundle: true, minify: true, target: "es2022", plugins: [styles] };
const all = readdirSync("js").filter((file) => file.endsWith(".mjs")).map((file) => file.slice(0, -4));
const named = process.argv.slice(2);
for (const name of named.length ? named : all) {
  await build({ ...shared, entryPoints: [`js/${name}.mjs`], format: "esm", outfile: `dist/${name}.mjs` });
  const contents = `import widget from "./js/${name}.mjs";
import { mountAll } from "./js/ui/page.mjs";
mountAll(${JSON.stringify(name)}, widget);`;
  await build({ ...shared, stdin: { contents, resolveDir: "." }, format: "iife", outfile: `dist/${name}.js` });
}
