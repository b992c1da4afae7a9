"""Compute the golden vectors again: python -m tools.golden [LOSS …]

All of them take a few minutes. A change of a committed file has to be explained:
it is a change of what is right.
"""

import sys
from pathlib import Path

from margins.judge import golden
from margins.judge.settings import PARAMETERS

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "golden"


def main(names: list[str]) -> None:
    unknown = sorted(set(names) - set(PARAMETERS))
    if unknown:
        sys.exit(f"no loss {unknown[0]!r}; there are {', '.join(PARAMETERS)}")
    for loss in names or PARAMETERS:
        path = golden.write(FOLDER, loss)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
