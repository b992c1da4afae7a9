"""Does the pinned Pyodide start, and does a changed file of it not?

    python -m tools.browser.live_pinned [--network]

In Chromium, with `_static/live/pyodide.js` as it is. Without ``--network`` the content
network is played by npm's package of the same version; with it, it is asked itself,
and NumPy is loaded too.
"""

import json
import sys
import tempfile
from pathlib import Path

from tools import ROOT
from tools.browser.site_browser import chromium, serve
from tools.pin_pyodide import package, read

WORKER = """
import { loadPython } from "./pyodide.js";
try {
  const python = await loadPython();
  if (PACKAGES) await python.loadPackage(["numpy"]);
  postMessage(python.runPython(PROGRAM));
} catch (error) {
  postMessage(String(error.message));
}
"""
NUMPY = "import numpy; numpy.__version__"
PYTHON = "import sys; '.'.join(map(str, sys.version_info[:2]))"
START = """() => new Promise((resolve) => {
  const worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => resolve(`worker: ${message}`);
})"""


def main():
    pin = read()
    network = "--network" in sys.argv
    worker = WORKER.replace("PACKAGES", json.dumps(network))
    worker = worker.replace("PROGRAM", json.dumps(NUMPY if network else PYTHON))
    files = None if network else package(pin["version"])
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        site = Path(folder)
        script = ROOT / "book" / "_static" / "live" / "pyodide.js"
        (site / "pyodide.js").write_text(script.read_text())
        (site / "pyodide.json").write_text(json.dumps(pin))
        (site / "worker.js").write_text(worker)
        (site / "index.html").write_text("<title>Python</title>")
        with serve(site) as home:
            said = ask(browser, home, pin, files)
            print(f"Pyodide {pin['version']} answers {said}")
            problems = [] if said[:1].isdigit() else [said]
            for name in pin["integrity"] if files else ():
                said = ask(browser, home, pin, files | {name: spoilt(files[name])})
                if "not what this book was tried with" not in said:
                    problems.append(f"{name}, changed, is taken: {said}")
    if problems:
        sys.exit("\n".join(problems))
    if files:
        print(f"each of its {len(pin['integrity'])} files is refused where it differs")


def spoilt(content):
    """The same, but for a last byte that a script or an archive would not miss."""
    return content + b"\n"


def ask(browser, home, pin, files):
    """What the worker says where the content network holds `files`."""
    context = browser.new_context()
    page = context.new_page()
    if files:
        context.route(f"{pin['runtime']}**", lambda route: answer(route, files))
    page.goto(home)
    said = page.evaluate(START)
    context.close()
    return said


def answer(route, files):
    name = route.request.url.rpartition("/")[2]
    route.fulfill(
        body=files[name],
        headers={"access-control-allow-origin": "*"},
        content_type={
            ".wasm": "application/wasm",
            ".json": "application/json",
            ".zip": "application/zip",
        }.get(Path(name).suffix, "text/javascript"),
    )


if __name__ == "__main__":
    main()
