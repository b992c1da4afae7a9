"""`python -m experiments`: the trainings behind the book's tables."""

from margins.experiments.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
