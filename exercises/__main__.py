"""`python -m exercises`: the commands of the grader."""

from grader.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
