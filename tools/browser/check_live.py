"""Run the book in Chromium as its readers do, and report what does not hold.

    python -m tools.browser.check_live [SITE] [CHAPTER ...]

Run by ``make check-live`` on pages that were built with ``PYODIDE=DIR``: every other
host is out of reach. With chapters, only their cells are run. Times are printed; what
they are on a shared machine is no yes or no.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools import SITE
from tools.browser import live_cells, live_costs, live_leaks, live_tasks, live_without

WORKERS = 2


def main():
    site, chapters = arguments(sys.argv[1:])
    if not (site / "_static" / "pyodide").exists():
        sys.exit("the pages have no Python beside them: make book PYODIDE=DIR")
    begin, problems = time.monotonic(), []
    names = with_cells(site, chapters)
    with ProcessPoolExecutor(WORKERS) as pool:
        # The longest first, so that no worker is left with one at the end.
        running = [] if chapters else [pool.submit(rest, site)]
        running += [pool.submit(live_cells.check, site, name) for name in names]
        if not chapters:
            said, times = running.pop(0).result()
            problems += said
            table("seconds of a check, bytes, and what a reader waits for", times)
        print(
            f"{'cells':22}{'run':>10}{'first':>8}{'median':>8}{'longest':>9}{'MB':>6}"
        )
        for name, future in zip(names, running, strict=True):
            said, found = future.result()
            problems += said
            print(
                f"{name:22}{found['cells']:>10}{found['first']:8.1f}"
                f"{found['median']:8.1f}{found['longest']:9.1f}{found['MB']:6.0f}",
                flush=True,
            )
    if problems:
        sys.exit("\n".join([*problems, f"{len(problems)} problems with the live book"]))
    print(f"the live book holds, in {time.monotonic() - begin:.0f} s")


def arguments(given):
    paths = [Path(one) for one in given if Path(one).is_dir()]
    return (paths or [SITE])[0].resolve(), [
        one for one in given if Path(one) not in paths
    ]


def with_cells(site, wanted):
    """The pages that can run something, the longest first."""
    pages = [
        page
        for page in (site / "book").glob("*.html")
        if 'id="margins-live"' in page.read_text(encoding="utf-8")
    ]
    names = [page.stem for page in sorted(pages, key=lambda p: -p.stat().st_size)]
    return [n for n in names if not wanted or any(part in n for part in wanted)]


def rest(site):
    """All but the chapters' cells."""
    problems = live_leaks.leaks(site) + live_without.check(site)
    said, costs = live_costs.check(site)
    wrong, times = live_tasks.check(site)
    return problems + said + wrong, costs | {f"check: {k}": v for k, v in times.items()}


def table(title, rows):
    print(title)
    for name, value in rows.items():
        print(f"  {name:40}{value if isinstance(value, str) else f'{value:.1f}'}")


if __name__ == "__main__":
    main()
