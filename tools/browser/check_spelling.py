"""Common misspellings in the sources, by codespell: `[tool.codespell]` has the field's
own words."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "*.md",
    "*.py",
    "*.js",
    "*.css",
    "*.yml",
    "*.toml",
    "*.bib",
    "*.cff",
    "Makefile",
    ".ci/run",
)


def main():
    # The files that git knows, also those not yet added: never an environment or a
    # build.
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            *SOURCES,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
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
