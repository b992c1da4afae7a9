"""A reader who runs cells and answers tasks: the built pages in Chromium, with Python
from beside them and every other host out of reach.

What a page offers to such a check is said at the head of ``book/_static/live/cells.js``
and ``tasks.js``.
"""

import contextlib
import json
import time

from tools.browser.page_checks import TookTooLong
from tools.browser.site_browser import chromium, serve, watched_page

PYTHON_MS = 120_000  # the first result, on a busy machine
CELL_MS = 120_000
ENDED = ("done", "failed", "stopped")

# What a cell shows: its printed text, how many pictures, and what should not be there.
SHOWN = """cell => {
  const all = (what) => [...cell.querySelectorAll(':scope > .cell_output ' + what)];
  const text = (what) => all(what).map((pre) => pre.textContent);
  return {
    printed: all('.output').filter((o) => !o.matches('.stderr, .traceback, .text_html'))
      .flatMap((o) => [...o.querySelectorAll('pre')]) // and not its copy button
      .map((pre) => pre.textContent),
    stderr: text('.stderr'),
    traceback: text('.traceback'),
    pictures: all('img, svg, .margins-movable').filter(
      (one) => !one.parentElement.closest('svg, .margins-movable, button')).length,
    numbers: text('.margins-number'),
    tables: all('table').map((table) => table.innerText),
    said: cell.querySelector('.live-said')?.textContent ?? '',
  };
}"""


@contextlib.contextmanager
def reader(site, problems, **options):
    """A `Reader` of the built folder `site`; what goes wrong goes to `problems`."""
    with (
        serve(site) as home,
        chromium() as browser,
        watched_page(browser, home, problems, **options) as page,
    ):
        yield Reader(page, home)


class Reader:
    """One tab, and every request that it makes."""

    def __init__(self, page, home):
        self.page, self.home = page, home
        self.asked = []
        page.context.on("request", lambda request: self.asked.append(request.url))

    def open(self, name):
        """Open a chapter by its name, such as "04-l-softmax"."""
        self.page.goto(f"{self.home}book/{name}.html", wait_until="load")
        self.page.wait_for_timeout(200)

    # Cells, counted from 1.

    def cells(self):
        return self.page.locator("div.cell").count()

    def cell(self, number):
        return self.page.locator("div.cell").nth(number - 1)

    def shown(self, number):
        return self.cell(number).evaluate(SHOWN)

    def source(self, number):
        """The code of a cell as the page was built with it, or as it is edited."""
        return self.cell(number).locator(".cell_input").text_content() or ""

    def offers(self, number):
        """The actions of the buttons at a cell."""
        buttons = self.cell(number).locator(".live-bar button[data-action]")
        return buttons.evaluate_all("all => all.map(b => b.dataset.action)")

    def press(self, number, action):
        button = self.cell(number).locator(f".live-bar button[data-action={action}]")
        button.click(timeout=5_000)

    def state(self, number):
        return self.cell(number).get_attribute("data-state") or ""

    def run(self, number, action="run", patience=CELL_MS):
        """Press a button and wait for the cell to end; its state, and the seconds."""
        begin = time.monotonic()
        self.press(number, action)
        with contextlib.suppress(TookTooLong):
            self.page.wait_for_function(
                f"cell => {json.dumps(ENDED)}.includes(cell.dataset.state)",
                arg=self.cell(number).element_handle(),
                timeout=patience,
            )
        return self.state(number), time.monotonic() - begin

    def watch_memory(self):
        """Keep in ``window.most`` the MB that Python has come to hold."""
        self.page.evaluate(
            """async () => {
              const version = document.body.dataset.live;
              const address = `../_static/live/python.js?v=${version}`;
              const { events } = await import(new URL(address, document.baseURI));
              window.most = 0;
              events.addEventListener("memory", ({ detail: { mb } }) => {
                window.most = Math.max(window.most, mb);
              });
            }"""
        )
