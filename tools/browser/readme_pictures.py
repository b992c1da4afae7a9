"""Take the pictures that README shows, from the built pages.

    python -m tools.browser.readme_pictures

Run after ``make book``, in the environment that holds playwright; the book's own makes
them light, with 48 colours each.
"""

import subprocess

from tools import ROOT, SITE
from tools.browser.site_browser import chromium, serve

FOLDER = ROOT / ".github" / "images"
FEWER = """
import sys
from PIL import Image
for path in sys.argv[1:]:
    how = dict(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture = Image.open(path).convert("RGB").quantize(48, **how)
    picture.save(path, optimize=True)
"""
DESK, PHONE = {"width": 1200, "height": 800}, {"width": 390, "height": 800}
TO = "e => e.scrollIntoView({ block: 'start', behavior: 'instant' })"


def main():
    with serve(SITE) as home, chromium() as browser:

        def opened(name, viewport, scheme="light"):
            page = browser.new_page(viewport=viewport, color_scheme=scheme)
            page.goto(f"{home}book/{name}.html", wait_until="load")
            page.wait_for_timeout(500)
            return page

        def take(shown, name):
            shown.screenshot(path=FOLDER / f"{name}.png")

        take(opened("index", DESK), "landing")
        page = opened("04-l-softmax", DESK)
        page.query_selector("#backward").evaluate(TO)
        page.wait_for_timeout(600)
        take(page, "derivation")
        figure = page.query_selector_all("figure.margins-draggable")[1]
        figure.scroll_into_view_if_needed()
        take(figure, "figure-before")
        figure.query_selector(".margins-grip").focus()
        for _ in range(18):
            page.keyboard.press("ArrowRight")
        figure.query_selector("input[type=range]").press("ArrowLeft")
        page.wait_for_timeout(300)
        take(figure, "figure-after")
        page = opened("06-a-softmax", {"width": 1200, "height": 1000}, "dark")
        globe = page.query_selector("figure.margins-movable")
        globe.scroll_into_view_if_needed()
        page.wait_for_selector("figure.margins-movable .main-svg")
        page.wait_for_timeout(2_000)
        take(globe, "sphere")
        take(opened("08-arcface", PHONE), "phone")
    pictures = sorted(FOLDER.glob("*.png"))
    subprocess.run(
        [ROOT / ".venv" / "bin" / "python", "-c", FEWER, *pictures], check=True
    )


if __name__ == "__main__":
    main()
