"""What builds, prints and checks the book: ``python -m tools.build`` and its like."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
SITE = BUILD / "html"
