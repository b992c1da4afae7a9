"""Look at what ``make book`` wrote: every page, its notebook, its weight.

    python -m tools.check_site

Run by ``.ci/run``.
"""

import gzip
import json
import re
import sys
from pathlib import Path

from tools import ROOT, SITE
from tools.contents import docnames
from tools.numbered_figures import unnumbered
from tools.printed_tables import printed_tables

MOST_PAGE_KB = 1500  # compressed, without the frames of the movable figures
# of a printed line, as of code: a window of 1,280 pixels hides the rest (margins.css)
MOST_COLUMNS = 88
QUOTES_A_TERMINAL = "book/for-teachers"  # and its lines as they are
GOLDEN = ROOT / "tests" / "golden"
OFFERS_GOLDEN = "book/16-who-computes-what"


def main() -> None:
    problems = []
    for docname in docnames():
        problems += [f"{docname}: {problem}" for problem in check(docname)]
    # The landing page is no chapter, and its one figure is not referred to.
    built = {n: SITE / f"{n}.html" for n in docnames() if n != "book/index"}
    problems += unnumbered(
        {n: p.read_text(encoding="utf-8") for n, p in built.items() if p.exists()}
    )
    problems += golden_vectors()
    for name in ("plotly.min.js", "margins-figures.js", "favicon.svg", "logo.svg"):
        if not (SITE / "_static" / name).exists():
            problems.append(f"_static/{name} is missing")
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        sys.exit(1)
    print("every page and notebook is there")


def check(docname: str) -> list[str]:
    page = SITE / f"{docname}.html"
    if not page.exists():
        return ["no page"]
    text = page.read_text(encoding="utf-8")
    problems = []
    if "margins-footer" not in text or "errata" not in text:
        problems.append("no version and errata at its foot")
    if '<meta content="' not in text or 'name="description"' not in text:
        problems.append("no description")
    if "mystnb-error" in text or 'class="output traceback' in text:
        problems.append("an error among its outputs")
    light = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S)
    weight = len(gzip.compress(light.encode())) / 1000
    if weight > MOST_PAGE_KB:
        problems.append(f"{weight:.0f} kB compressed, more than {MOST_PAGE_KB}")
    if "{code-cell}" in (ROOT / f"{docname}.md").read_text(encoding="utf-8"):
        path = SITE / "_sources" / f"{docname}.ipynb"
        problems += notebook(path)
        if docname != QUOTES_A_TERMINAL and path.exists():
            problems += wide_lines(path)
            problems += [
                f"prints a table, which `margins.tables` would show: {line!r}"
                for line in printed_tables(path)
            ]
        if f"{Path(docname).name}.ipynb" not in text:
            problems.append("no link to its notebook")
    return problems


def golden_vectors(site: Path = SITE) -> list[str]:
    """Whether each file of golden vectors is offered, and is to the byte the tree's."""
    page = site / f"{OFFERS_GOLDEN}.html"
    if not page.exists():
        return []  # said of every page that is missing
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]*/_downloads/[^"]*/([^"/]+\.json))"', text)
    offered = {name: page.parent / link for link, name in links}
    problems = []
    for path in sorted(GOLDEN.glob("*.json")):
        found = offered.pop(path.name, None)
        if found is None:
            problems.append(f"{path.name} is not offered")
        elif not found.exists() or found.read_bytes() != path.read_bytes():
            problems.append(f"{path.name} is not the file of the tree")
    problems += [f"{name} is no file of golden vectors" for name in offered]
    return [f"{OFFERS_GOLDEN}: {problem}" for problem in problems]


def notebook(path: Path) -> list[str]:
    if not path.exists():
        return ["no notebook"]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    problems = []
    if "find_spec" not in "".join(cells[0]["source"]):
        problems.append("its notebook does not begin by installing what is missing")
    code = [cell for cell in cells[1:] if cell["cell_type"] == "code"]
    if any(o["output_type"] == "error" for cell in code for o in cell["outputs"]):
        problems.append("an error in its notebook")
    if not any(cell["outputs"] for cell in code):
        problems.append("its notebook has no outputs")
    prose = "".join(
        "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
    )
    if found := re.search(
        r"\{(eq|ref|cite|doc|numref)[^}]*\}`|^ *(`{3}|:{3})\{", prose, re.M
    ):
        problems.append(f"its notebook shows Sphinx's markup: {found[0]!r}")
    return problems


def wide_lines(path: Path) -> list[str]:
    """Of what the cells print; a traceback's lines are not for us to break."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    texts = ("".join(o["text"]) for o in outputs if o["output_type"] == "stream")
    return [
        f"prints {len(line)} columns, {MOST_COLUMNS} at most are seen: {line!r}"
        for line in map(str.rstrip, "".join(texts).splitlines())
        if len(line) > MOST_COLUMNS
    ]


if __name__ == "__main__":
    main()
