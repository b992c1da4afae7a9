/* Write editor.js and the licences of what is in it into a folder:
 *
 *   node build.mjs FOLDER
 *
 * `make editor` runs it. The result is committed, so that building the book needs no Node.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const folder = process.argv[2];
const { metafile } = await build({
  entryPoints: ["editor.js"],
  outfile: `${folder}/editor.js`,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  banner: { js: "/* Made of book/editor by `make editor`. Licences: editor.licences.txt */" },
});

const inside = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const names = Object.keys(metafile.inputs).flatMap((path) => inside.exec(path)?.[1] ?? []);
const licences = [...new Set(names)].sort().map((name) => {
  const read = (file) => readFileSync(`node_modules/${name}/${file}`, "utf8").trim();
  const { version, license } = JSON.parse(read("package.json"));
  return `${name} ${version} (${license})\n\n${read("LICENSE")}\n`;
});
const rule = `\n${"-".repeat(80)}\n\n`;
const text = ["What editor.js is made of.\n", ...licences].join(rule);
writeFileSync(`${folder}/editor.licences.txt`, text);
