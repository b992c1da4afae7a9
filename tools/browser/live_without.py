"""The same page where something is missing, and on other devices.

From a file, with scripts off, or with Python out of reach it is the page of today with
one sentence; on a phone nothing sticks out, and a finger hits every button; in the dark
and in the light axe has nothing to say after a run.
"""

from tools.browser import page_checks
from tools.browser.live_reader import reader
from tools.browser.live_tasks import Tasks
from tools.browser.site_browser import chromium, watched_page

CHAPTER = "04-l-softmax"
LEAST_PX = 44
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}

BUTTONS = """() => [...document.querySelectorAll(
    '.live-bar button, .live-buttons button')]
  .filter((button) => button.offsetParent)
  .map((button) => [button.textContent, button.getBoundingClientRect()])
  .map(([text, { width, height }]) => [text, width, height])"""


def check(site):
    """Problems, in words."""
    problems = []
    for situation in (
        from_file,
        without_scripts,
        without_python,
        without_exercises,
        on_a_phone,
        after_a_run,
    ):
        name = situation.__name__.replace("_", " ")
        problems += [f"{name}: {problem}" for problem in situation(site)]
    return problems


def from_file(site):
    problems = []
    home = site.as_uri() + "/"
    with chromium() as browser, watched_page(browser, home, problems) as page:
        page.goto(f"{home}book/{CHAPTER}.html", wait_until="load")
        problems += no_buttons(page)
        problems += one_sentence(page, "Opened from a file")
    return problems


def without_scripts(site):
    problems = []
    with reader(site, problems, java_script_enabled=False) as tab:
        tab.page.goto(f"{tab.home}book/{CHAPTER}.html", wait_until="load")
        problems += no_buttons(tab.page)
        problems += one_sentence(tab.page, "JavaScript|script")
        for details in tab.page.locator("details.live-task").all()[:1]:
            details.locator("summary").click()
            if not details.locator("pre.live-stub").is_visible():
                problems.append("a task's stub cannot be unfolded")
    return problems


def no_buttons(page):
    shown = [b for b in page.locator(".live-bar button").all() if b.is_visible()]
    return [f"{len(shown)} buttons of cells are there"] if shown else []


def one_sentence(page, wanted):
    notes = [note.inner_text() for note in page.locator(".live-note").all()]
    if len(notes) == 1 and any(word in notes[0] for word in wanted.split("|")):
        return []
    return [f"the page says {notes} and not one sentence on {wanted}"]


def without_python(site):
    """Where Pyodide is gone the cell keeps what the build showed, and says why."""
    heard = []
    with reader(site, heard) as tab:
        tab.page.context.route(
            "**/pyodide/**", lambda route: route.fulfill(status=404, body="")
        )
        tab.open(CHAPTER)
        before = tab.shown(1)
        state, _ = tab.run(1)
        after = tab.shown(1)
    problems = []
    if state != "failed" or "could not be loaded" not in after["said"]:
        problems.append(f"a run is {state} and says {after['said']!r}")
    if any(before[kind] != after[kind] for kind in ("printed", "pictures", "tables")):
        problems.append("the outputs of the build are gone")
    return problems


def without_exercises(site):
    """Where a chapter's exercises are gone a check says so, and the answer is kept."""
    heard = []
    with reader(site, heard) as tab:
        tab.page.context.route(
            "**/exercises-*.zip", lambda route: route.fulfill(status=404, body="")
        )
        tab.open(CHAPTER)
        tasks = Tasks(tab)
        tasks.check("04.2")
        said = tasks.status("04.2")
    if "cannot be loaded" in said and "exercises-04" in said:
        return []
    return [f"a check says {said!r}"]


def on_a_phone(site):
    problems = []
    with reader(site, problems, **PHONE) as tab:
        tab.open(CHAPTER)
        tab.cell(1).locator(".live-bar button[data-action=run]").tap()
        tab.page.wait_for_selector("div.cell[data-state=done]", timeout=120_000)
        Tasks(tab).unfold("04.2")
        problems += page_checks.widths(tab.page)
        tab.page.set_viewport_size(PHONE["viewport"])
        small = {
            f"{text!r} is {width:.0f} by {height:.0f}"
            for text, width, height in tab.page.evaluate(BUTTONS)
            if min(width, height) < LEAST_PX
        }
        problems += [f"too small for a finger: button {one}" for one in sorted(small)]
    return problems


def after_a_run(site):
    problems = []
    with reader(site, problems, color_scheme="light") as tab:
        tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab.open(CHAPTER)
        tab.run(1)
        tab.press(1, "edit")
        tab.cell(1).locator(".cm-content").wait_for()
        tasks = Tasks(tab)
        tasks.write(
            "04.2", tasks.text("04.2").replace("raise NotImplementedError", "c")
        )
        tasks.check("04.2")
        for scheme in "light", "dark":
            tab.page.emulate_media(color_scheme=scheme)
            tab.page.wait_for_timeout(500)
            problems += page_checks.accessibility(tab.page, scheme)
    return problems
