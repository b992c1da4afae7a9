"""Common misspellings in the sources, by codespell.

    python -m tools.browser.check_spelling

``[tool.codespell]`` in pyproject.toml has the field's own words.
"""

import subprocess
import sys
from pathlib import Path

from tools import ROOT

KINDS = ("md", "py", "js", "css", "yml", "toml", "bib", "cff")
SOURCES = (*(f"*.{kind}" for kind in KINDS), "Makefile", ".ci/run")
# The files that git knows, also those not yet added: no environment and no build.
LIST = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]


def main():
    listed = subprocess.run(
        [*LIST, *SOURCES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [
        name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()
    ]
    if not files:
        sys.exit("no sources found")
    codespell = Path(sys.executable).with_name("codespell")
    status = subprocess.run(
        [codespell, "--toml", "pyproject.toml", *files], cwd=ROOT
    ).returncode
    if status:
        sys.exit("misspelled: see above")
    print(f"{len(files)} sources, no misspelling known to codespell")


if __name__ == "__main__":
    main()
