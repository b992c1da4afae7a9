"""What a page costs before a click and after it, and how long a reader waits.

Bytes are held to a budget, as a server that compresses would send them. Times depend on
the machine: they are printed.
"""

import gzip
import json
import re
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.browser.lighthouse import Compressing
from tools.browser.live_reader import Reader, reader
from tools.browser.live_tasks import Tasks
from tools.browser.site_browser import chromium, serve

CHAPTER, TASK = "04-l-softmax", "04.2"
COMPRESSED = {".css", ".html", ".js", ".json", ".mjs", ".wasm"}
KB, MB = 1e3, 1e6

# In a page, what is there for the live book alone.
ADDED = re.compile(
    r'<details class="live-.*?</details>|<div class="live-overview.*?</table>\s*</div>'
    r'|<script type="application/json" id="margins-live">.*?</script>'
    r'|<script[^>]*src="[^"]*/live/[^"]*"></script>',
    re.S,
)
BEFORE = {"live.js", "points.js"}  # the scripts of a page that nobody has clicked in
STYLES = ("live.css", "tasks.css")
RUNS = r"/(live|pyodide)/"  # in the address of what runs cells
EXERCISES = r"/exercises-[^/]*\.zip"  # and of what grades answers


def check(site):
    """What is over its budget, in words, and what was measured."""
    problems, found = [], {}

    def hold(what, size, most, unit):
        found[what] = f"{size / unit:.1f} of {most} {'kB' if unit == KB else 'MB'}"
        if size > most * unit:
            problems.append(f"{what}: {found[what]}")

    for path in sorted((site / "book").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        if 'id="margins-live"' in text:
            size = page_adds(site, text)
            if path.stem == CHAPTER or size > 8 * KB:
                hold(f"{path.stem}, before a click", size, 8, KB)
            size = sum(file.stat().st_size for file in kept(site, text))
            if size:
                hold(f"{path.stem}, results", size, 1.5, MB)
    with reader(site, problems) as tab:
        tab.open(CHAPTER)
        early = [name for name in live(tab.asked) if not name.endswith(".css")]
        if set(early) - BEFORE:
            problems.append(f"asked for before a click: {set(early) - BEFORE}")
        loaded = len(tab.asked)
        tab.page.wait_for_timeout(1000)
        if later := [a for a in tab.asked[loaded:] if not a.endswith("favicon.svg")]:
            problems.append(f"asked for without a click: {later}")
        numbers = range(1, tab.cells() + 1)
        pictures = [number for number in numbers if tab.shown(number)["pictures"]]
        first = numbers[0]
        _, found["first cell, s"] = tab.run(first)
        first_asked = tab.asked[loaded:]
        own = [a for a in first_asked if re.search(r"/live-\w+\.zip", a)]
        if unasked := [a for a in first_asked if re.search(EXERCISES, a)]:
            problems.append(f"a cell that grades nothing asks for {unasked}")
        figures = [a for a in first_asked if matplotlib(a)]
        program = [a for a in first_asked if "/pyodide/" in a and a not in figures]
        hold("Python and NumPy", sent(site, program), 10, MB)
        hold("the book's own code", sent(site, own), 0.7, MB)
        for path in sorted((site / "_static" / "live").glob("exercises-*.zip")):
            hold(path.stem.rpartition("-")[0], path.stat().st_size, 40, KB)
        if first != pictures[0]:
            _, found["first figure, s"] = tab.run(pictures[0])
        figures = [a for a in tab.asked[loaded:] if matplotlib(a)]
        hold("figures", sent(site, figures), 10, MB)
        _, found["a warm cell, s"] = tab.run(first)
        problems += stop(tab, first, found)
    problems += second_visit(site, pictures[0], found)
    return [f"costs: {problem}" for problem in problems], found


def second_visit(site, number, found):
    """A reader who comes again, to a server that says how long to keep a file, is sent
    nothing of what runs a cell with a figure and checks an answer."""
    sent_now = []

    class Counting(Compressing):
        def do_GET(self):
            sent_now.append(self.path)
            super().do_GET()

    with (
        tempfile.TemporaryDirectory() as profile,
        serve(site, Counting) as home,
        # Nothing is routed: where playwright does that, Chromium keeps nothing.
        chromium(profile) as browser,
    ):
        counts = []
        for _ in "first", "second":
            sent_now.clear()
            tab = Reader(browser.new_page(), home)
            tab.open(CHAPTER)
            state, found["first figure, second visit, s"] = tab.run(number)
            Tasks(tab).check(TASK)
            counts.append([path for path in sent_now if re.search(RUNS, path)])
            tab.page.close()
    if state != "done" or not counts[0]:
        return [f"second visit: cell {number} is {state}, after {len(counts[0])} files"]
    asked = [path for path in counts[0] if re.search(EXERCISES, path)]
    wanted = [f"exercises-{TASK.partition('.')[0]}"]
    if [Path(path).stem.rpartition("-")[0] for path in asked] != wanted:
        return [f"a check of {TASK} asks for {asked}"]
    return [f"second visit: {path} is sent again" for path in counts[1]]


def stop(tab, number, found):
    """Stop an endless cell; then the cells above it run again by themselves."""
    tab.press(number, "edit")
    editor = tab.cell(number).locator(".cm-content")
    editor.wait_for()
    editor.focus()
    tab.page.keyboard.press("ControlOrMeta+a")
    tab.page.keyboard.insert_text("while True: pass")
    tab.press(number, "run")
    tab.page.wait_for_timeout(1500)
    begin = time.monotonic()
    tab.press(number, "stop")
    tab.page.wait_for_function(
        "cell => cell.dataset.state === 'stopped'",
        arg=tab.cell(number).element_handle(),
        timeout=20_000,
    )
    found["Stop, s"] = time.monotonic() - begin
    tab.press(number, "original")
    state, found["again after Stop, s"] = tab.run(number + 1)
    problems = []
    if state != "done":
        said = tab.shown(number + 1)["said"]
        problems.append(f"after Stop, cell {number + 1} is {state}: {said}")
    if tab.state(number) != "done":
        problems.append(f"after Stop, cell {number} did not run again")
    return problems


def page_adds(site, text):
    """Bytes of a page that are there for the live book, compressed."""
    size = packed(text.encode()) - packed(ADDED.sub("", text).encode())
    folder = site / "_static" / "live"
    for name in (*sorted(BEFORE), *STYLES):
        if (folder / name).exists():
            size += packed((folder / name).read_bytes())
    return size


def kept(site, text):
    """The files of results that a page offers."""
    told = re.search(r'id="margins-live">(.*?)</script>', text, re.S)
    cells = json.loads(told[1]).get("cells", {})
    folder = site / "_static" / "live" / "kept"
    return [
        file
        for cell in cells.values()
        if "kept" in cell
        for file in folder.glob(f"{cell['kept']}*.bin")
    ]


def live(addresses):
    """File names of those addresses that belong to the live book."""
    paths = [urlsplit(address).path for address in addresses]
    return [
        Path(path).name for path in paths if "/live/" in path or "/pyodide/" in path
    ]


def matplotlib(address):
    return bool(
        re.search(
            r"/(matplotlib|contourpy|cycler|kiwisolver|packaging|pillow|pyparsing"
            r"|python_dateutil|six|fonttools|pytz)[-_]",
            address,
        )
    )


def sent(site, addresses):
    """Bytes of these addresses as a server would send them, each once."""
    paths = {unquote(urlsplit(address).path).lstrip("/") for address in addresses}
    return sum(size(site / path) for path in paths)


def size(path):
    content = path.read_bytes()
    return packed(content) if path.suffix in COMPRESSED else len(content)


def packed(content):
    return len(gzip.compress(content, 6))
