/**
 * Load Python from where the build says it is, and nothing but what was pinned.
 *
 * `pyodide.json`, beside this file, is written by book/_ext/margins_book/pyodide.py:
 * the addresses of Pyodide and of its packages, and for a content network the SHA-384
 * of each file. A file with another sum is refused by the browser; the packages have
 * theirs in Pyodide's own lock, which is one of these files.
 */
const NOTHING = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0); // the shortest program
const origin = fetch(new URL("pyodide.json", import.meta.url)).then(json);

/**
 * Pyodide, started. Call it in a module worker.
 *
 * @param {object} options of Pyodide's own loadPyodide
 * @throws {Error} in words for the reader, where a file is out of reach or not the one
 *   that was pinned
 */
export async function loadPython(options = {}) {
  const facts = await origin;
  const indexURL = new URL(facts.runtime, import.meta.url).href;
  const pinned = Object.keys(facts.integrity).length > 0;
  try {
    // Where a policy of the page's server forbids it, Pyodide would wait for ever.
    new WebAssembly.Module(NOTHING);
    return await Promise.race([
      missing(indexURL, facts.integrity),
      (pinned ? loadPinned : loadBeside)({ ...options, indexURL }, facts),
    ]);
  } catch (error) {
    throw new Error(
      `Python could not be loaded from ${new URL(indexURL).host}: it is out of reach, ` +
        `or not what this book was tried with. (${error.message})`,
      { cause: error },
    );
  }
}

async function loadBeside(options) {
  const { loadPyodide } = await import(`${options.indexURL}pyodide.mjs`);
  return loadPyodide(options);
}

async function loadPinned(options, { packages, unneeded }) {
  const ask = (name) => fetch(options.indexURL + name);
  // All are asked for together.
  const program = ask("pyodide.asm.mjs").then(module);
  const lock = ask("pyodide-lock.json").then(json);
  const { loadPyodide } = await ask("pyodide.mjs").then(module);
  return loadPyodide({
    ...options,
    lockFileContents: lock.then((contents) => without(unneeded, contents)),
    packageBaseUrl: packages,
    createPyodideModule: async (settings) => (await program).default(settings),
  });
}

/**
 * From now on the browser refuses what comes from `indexURL` with another sum. Pyodide
 * would wait for ever for such a file: the promise fails with the first that is missing.
 */
function missing(indexURL, integrity) {
  const plain = self.fetch;
  return new Promise((_, reject) => {
    self.fetch = async (resource, options) => {
      const address = String(resource.url ?? resource);
      if (!address.startsWith(indexURL)) return plain(resource, options);
      const sum = integrity[address.slice(indexURL.length)];
      try {
        return found(await plain(resource, sum ? { ...options, integrity: sum } : options));
      } catch (error) {
        reject(error);
        throw error;
      }
    };
  });
}

function found(response) {
  if (!response.ok) throw new Error(`${response.status}: ${response.url}`);
  return response;
}

async function json(response) {
  return found(response).json();
}

/** Import the script that came, not one asked for again: its sum has been looked at. */
async function module(response) {
  const script = new Blob([await response.text()], { type: "text/javascript" });
  const address = URL.createObjectURL(script);
  return import(address).finally(() => URL.revokeObjectURL(address));
}

/** The lock, in which no package asks for one of the `unneeded`. */
function without(unneeded, lock) {
  for (const entry of Object.values(lock.packages)) {
    entry.depends = entry.depends.filter((name) => !unneeded.includes(name));
  }
  return lock;
}
