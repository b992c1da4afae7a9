"""The exercises of a chapter, as a reader answers them: right, wrong, and worse.

One answer after the other is pasted into its editor and checked; the file that the page
saves is then graded by pytest, in a folder laid out as students get it, and says the
same. What a page offers to this is said at the head of ``tasks.js`` and ``answers.js``.
"""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from tools import ROOT
from tools.browser.live_reader import PYTHON_MS, reader
from tools.browser.page_checks import TookTooLong

CHAPTER = "04-l-softmax"
PYTHON = ROOT / ".venv" / "bin" / "python"
STUB = "    raise NotImplementedError"

LOOP = "    while True:\n        pass"
C_LOOP = "    return sum(range(10**11))"
PRINTS = "    for _ in range(20_000):\n        print('ψ' * 50)\n    return c"
NO_PYTHON = "    return c +"

# The text that a task shows when it is checked, or a part of it.
EXPECTED = {
    "stub": "Not answered yet: write interval in answers.py.",
    "wrong": "The likely mistake: You went through arccos and divided by sin θ.",
    "loop": "interval was stopped after 5 seconds: perhaps a loop never ends.",
    "C loop": "psi was stopped after 5 seconds: perhaps a loop never ends.",
    "no Python": "is not Python yet; the other tasks were graded without it.",
}

FILL = """() => {
  const room = (text) => {
    try { localStorage.setItem("filler", text); return true; } catch { return false; }
  };
  let text = "x".repeat(2 ** 24), step = text.length;
  for (let size = 0; step >= 1; step = Math.floor(step / 2)) {
    if (room("x".repeat(size + step))) size += step;
  }
}"""


class Tasks:
    """The tasks of an open page."""

    def __init__(self, tab):
        self.tab, self.page = tab, tab.page

    def place(self, task):
        return self.page.locator(f'details.live-task[data-task="{task}"]')

    def unfold(self, task):
        place = self.place(task)
        if place.get_attribute("open") is None:
            place.locator("summary").click()
        place.locator(".cm-content").wait_for(timeout=PYTHON_MS)
        return place

    def write(self, task, text):
        """Paste a text into a task's editor, in place of all that is there."""
        editor = self.unfold(task).locator(".cm-content")
        editor.focus()
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("ControlOrMeta+v")

    def text(self, task):
        """What stands in the editor, all lines of it."""
        lines = self.unfold(task).locator(".cm-line")
        return "\n".join(lines.all_text_contents())

    def check(self, task):
        """Press Check; what the task shows then, and after how many seconds."""
        place, begin = self.unfold(task), time.monotonic()
        place.locator("button[data-action=check]").click()
        with contextlib.suppress(TookTooLong):
            self.page.wait_for_function(
                """place => /points\\.$|did not work|cannot be loaded|Stopped/.test(
                  place.querySelector(".live-status").textContent)
                  && place.querySelector("button[data-action=check]")""",
                arg=place.element_handle(),
                timeout=PYTHON_MS,
            )
        return flat(place.inner_text()), time.monotonic() - begin

    def status(self, task):
        return self.place(task).locator(".live-status").inner_text()

    def sentences(self, task):
        """The report as pytest words it: each check, and what is said of it."""
        return self.place(task).evaluate(
            """place => [...place.querySelectorAll(
                "tr[data-check], .live-end:not(.live-faint)")].map((part) => {
              if (!part.dataset.check) return part.textContent;
              const [mark, , points] = [...part.cells].map((cell) => cell.textContent);
              const worth = points.split("/")[1].trim();
              const unit = worth === "1" ? "point" : "points";
              return `${mark[0]} ${part.dataset.check} (${worth} ${unit})`;
            })"""
        )

    def whole(self):
        """What can be done with all answers at once, unfolded."""
        place = self.page.locator("details.live-answers")
        if place.get_attribute("open") is None:
            place.locator("summary").click()
        place.locator("button[data-action=save]").wait_for(timeout=PYTHON_MS)
        return place

    def saved(self):
        """The text of the file that the page saves."""
        with self.page.expect_download() as waiting:
            self.whole().locator("button[data-action=save]").click()
        return Path(waiting.value.path()).read_text(encoding="utf-8")


def flat(text):
    """A text in one line, and code as a page may show it."""
    return " ".join(text.replace("`", "").split())


def answered(stub, body):
    return stub.replace(STUB, body)


def solution(function):
    """The body of the solution of a task of the chapter."""
    text = (ROOT / "exercises" / CHAPTER / "solution.py").read_text(encoding="utf-8")
    _, _, rest = text.partition(f"def {function}(")
    body = re.search(r"# BEGIN SOLUTION\n(.*?)\n    # END SOLUTION", rest, re.S)
    return body[1]


def wrong(function):
    """The body of one of the wrong answers of the chapter, a function of its own."""
    path = ROOT / "exercises" / CHAPTER / "misconceptions.py"
    text = path.read_text(encoding="utf-8")
    return re.search(rf"def {function}\(.*?\):\n(.*?)\n\n", text, re.S)[1]


def check(site):
    """What is wrong with the exercises, in words, and seconds of a few checks."""
    problems, times = [], {}
    with reader(site, problems) as tab:
        tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab.open(CHAPTER)
        tasks = Tasks(tab)

        def expect(case, task, body=None):
            if body is not None:
                tasks.write(task, answered(tasks.stub[task], body))
            shown, times[case] = tasks.check(task)
            wanted = EXPECTED.get(case, case)
            if wanted not in shown:
                problems.append(f"{case}, {task}: no {wanted!r} in {shown[-600:]!r}")

        ids = [f"04.{number}" for number in range(1, 7)]
        tasks.stub = {task: tasks.text(task) for task in ids}
        expect("stub", "04.2")
        expect("6 of 6 points", "04.1", solution("chebyshev"))
        expect("wrong", "04.1", wrong("through_the_angle"))
        expect("loop", "04.2", LOOP)
        expect("C loop", "04.3", C_LOOP)
        expect("04.4: 0 of 8 points", "04.4", PRINTS.replace("return c", "return x"))
        problems += as_pytest(tasks, ids[:4])
        expect("no Python", "04.6", NO_PYTHON)
        expect("6 of 6 points", "04.1", solution("chebyshev"))
        expect("4 of 4 points", "04.2", solution("interval"))
        problems += reloaded(tasks)
        problems += in_two_tabs(tasks)
        problems += read_back(tasks)
        problems += full_storage(tasks)
    return [f"{CHAPTER}: {problem}" for problem in problems], times


def as_pytest(tasks, ids):
    """Whether pytest says of the saved file what the page says."""
    report = flat(graded(tasks.saved()))
    return [
        f"pytest does not say of {task}: {sentence!r}"
        for task in ids
        for sentence in tasks.sentences(task)
        if flat(sentence) not in report
    ]


HANDOUT = """
import sys
from pathlib import Path
from grader.teacher import handout
for name, content in handout.contents().items():
    path = Path(sys.argv[1], name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
"""


def graded(answers):
    """What pytest prints of the chapter's answers, in a folder as students have it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([PYTHON, "-c", HANDOUT, folder], cwd=ROOT, check=True)
        place = Path("exercises", CHAPTER)
        Path(folder, place, "answers.py").write_text(answers, encoding="utf-8")
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", place],
            cwd=folder,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout


def reloaded(tasks):
    """Answers and points are there again when the page is."""
    before = tasks.text("04.1")
    tasks.page.reload(wait_until="load")
    points = tasks.place("04.1").locator(".live-points").inner_text()
    problems = []
    if "6 of 6" not in points:
        problems.append(f"reload: 04.1 has {points!r} for its 6 points")
    if tasks.text("04.1") != before:
        problems.append("reload: the answer to 04.1 is another")
    return problems


def in_two_tabs(tasks):
    """What is written in one tab is in the other too."""
    other = Tasks(type(tasks.tab)(tasks.page.context.new_page(), tasks.tab.home))
    other.tab.open(CHAPTER)
    mark = "# written in the other tab"
    other.write("04.2", other.text("04.2") + f"\n{mark}")
    tasks.page.wait_for_timeout(1000)
    found = mark in tasks.text("04.2")
    other.page.close()
    return [] if found else ["two tabs: the first does not show what the second wrote"]


def read_back(tasks):
    """A saved file, read after all was deleted, is what it was."""
    before, place = tasks.saved(), tasks.whole()
    tasks.page.once("dialog", lambda dialog: dialog.accept())
    place.locator("button[data-action=forget]").click()
    problems = []
    if STUB not in tasks.text("04.1"):
        problems.append("delete: the answer to 04.1 is still there")
    place.locator("input[type=file]").set_input_files(
        {"name": "answers.py", "mimeType": "text/x-python", "buffer": before.encode()}
    )
    with contextlib.suppress(TookTooLong):
        tasks.page.wait_for_function(
            """place => /^Read \\d|could not|nothing was/.test(
              place.querySelector(".live-status").textContent)""",
            arg=place.element_handle(),
            timeout=PYTHON_MS,
        )
    if tasks.saved() != before:
        said = place.locator(".live-status").inner_text()
        problems.append(f"import: the file is another afterwards; it says {said!r}")
    return problems


def full_storage(tasks):
    """Where nothing more can be kept, the page says so."""
    tasks.page.evaluate(FILL)
    tasks.write("04.5", answered(tasks.stub["04.5"], "    " + "# much to keep" * 2000))
    said = tasks.status("04.5")
    tasks.page.evaluate("() => localStorage.removeItem('filler')")
    if "no room left" in said and "save answers.py" in said:
        return []
    return [f"full storage: it says {said!r}"]


if __name__ == "__main__":
    from tools import SITE

    print(json.dumps(check(SITE), indent=2, ensure_ascii=False))
