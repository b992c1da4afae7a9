"""Lighthouse on the landing page and three chapters, from a server that compresses.

    python -m tools.browser.lighthouse

Run by ``make lighthouse``; needs Node (the first run fetches Lighthouse with npx). Not
a part of ``make check``: the performance score is a time, and a busy machine lowers it.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import SITE
from tools.browser.site_browser import NAMES, Quiet, serve

PAGES = ("index", "04-l-softmax", "08-arcface", "11-one-picture")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# Least scores; on a phone a chapter's formulas cost time that its reader has.
LEAST = {"desktop": (95, 95, 95, 95), "mobile": (80, 95, 95, 95)}
COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".ttf")
VERSION = "lighthouse@12"


class Compressing(Quiet):
    """As GitHub Pages sends files: compressed, and to be kept for a while."""

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file() or path.suffix not in COMPRESSED:
            return super().do_GET()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path.name))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    npx = shutil.which("npx")
    if not npx:
        sys.exit("make lighthouse needs Node: no npx found")
    if not SITE.exists():
        sys.exit(f"no pages in {SITE}: run `make book` first")
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if not chromium:
        sys.exit(
            "make lighthouse needs a Chromium (Debian and Ubuntu: apt install chromium)"
        )
    low = []
    print(f"{'page':16} {'device':8}" + "".join(f"{name:>15}" for name in CATEGORIES))
    with serve(SITE, Compressing) as home:
        for page in PAGES:
            for device, least in LEAST.items():
                scores = measure(npx, chromium, f"{home}book/{page}.html", device)
                print(
                    f"{page:16} {device:8}" + "".join(f"{s:15.0f}" for s in scores),
                    flush=True,
                )
                low += [
                    f"{page}, {device}: {name} {score:.0f}, less than {bound}"
                    for name, score, bound in zip(
                        CATEGORIES, scores, least, strict=True
                    )
                    if score < bound
                ]
    if low:
        sys.exit("\n".join(low))


def measure(npx, chromium, address, device):
    """The scores of one page in percent, in the order of `CATEGORIES`."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [npx, "--yes", VERSION, address, "--quiet", "--output=json"]
        command += [
            f"--output-path={report}",
            f"--only-categories={','.join(CATEGORIES)}",
        ]
        command += ["--chrome-flags=--headless=new --no-sandbox"]
        if device == "desktop":
            command += ["--preset=desktop"]
        run = subprocess.run(
            command,
            env=os.environ | {"CHROME_PATH": chromium},
            capture_output=True,
            text=True,
        )
        if run.returncode or not report.exists():
            sys.exit(f"Lighthouse failed on {address}:\n{run.stderr[-2000:]}")
        categories = json.loads(report.read_text(encoding="utf-8"))["categories"]
    return [100 * (categories[name]["score"] or 0) for name in CATEGORIES]


if __name__ == "__main__":
    main()
