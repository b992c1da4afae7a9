"""What the judge said of public libraries; written by ``python -m tools.judged``."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("public.json")


@cache
def read() -> dict[str, Any]:
    """The last verdicts: ``rows``, and how they were made."""
    return json.loads(FILE.read_text(encoding="utf-8"))
