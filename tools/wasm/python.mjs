// Runs a Python program in a browser's Python, Pyodide, under Node:
//   node tools/wasm/python.mjs '{"pyodide": FOLDER, "packages": ["numpy"],
//     "folders": {"/checkout": FOLDER}, "path": ["/checkout"], "program": FILE, "arguments": []}'
// `packages` come from Pyodide's folder; `folders` are seen under those names, `path` is where
// Python looks for modules. The exit status is the program's.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(process.argv[2]);
const folder = asked.pyodide.replace(/\/*$/, "/");
const { loadPyodide } = await import(pathToFileURL(`${folder}pyodide.mjs`));
const python = await loadPyodide({
  indexURL: folder,
  args: [asked.program, ...asked.arguments],
  env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1", MPLBACKEND: "agg" },
});
await python.loadPackage(asked.packages, { messageCallback() {} });
for (const [name, root] of Object.entries(asked.folders)) {
  python.FS.mkdirTree(name);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, name);
}
const start = python.globals.get("dict")();
start.set("__name__", "__main__");
start.set("path", python.toPy(asked.path));
start.set("arguments", python.toPy([asked.program, ...asked.arguments]));
try {
  python.runPython("import sys; sys.path[:0] = path; sys.argv[:] = arguments", { globals: start });
  const program = readFileSync(asked.program, "utf8");
  python.runPython(program, { globals: start, filename: asked.program });
  process.exit(0);
} catch (error) {
  const exit = /^SystemExit: (\d+)$/m.exec(error.message ?? "");
  if (!exit) console.error(error.message ?? error);
  process.exit(exit ? Number(exit[1]) : 1);
}
