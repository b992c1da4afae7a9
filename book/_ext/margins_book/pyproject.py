"""What pyproject.toml knows of the book: its version, and where its sources are."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def project() -> dict[str, Any]:
    """The ``[project]`` table of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]


def repository() -> str | None:
    """The address of the repository without a slash at its end, or None."""
    return project().get("urls", {}).get("Repository", "").rstrip("/") or None
