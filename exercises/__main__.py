"""`python -m exercises stubs [CHAPTER ...] [--force]` writes the students' files anew."""

import argparse
import sys

from exercises._engine import chapters, stubs


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m exercises", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    writer = commands.add_parser("stubs", help="generate answers.py from solution.py")
    writer.add_argument("chapters", nargs="*", metavar="CHAPTER", help="such as 04; all if none")
    writer.add_argument("--force", action="store_true", help="overwrite answers already written")
    options = parser.parse_args(arguments)

    kept = 0
    try:
        folders = [chapters.folder(number) for number in options.chapters] or chapters.folders()
    except LookupError as error:
        parser.error(str(error))
    for folder in folders:
        what = stubs.write(folder, force=options.force)
        kept += what is stubs.Written.KEPT
        print(f"{folder.name}/answers.py: {what.value}")
    return 1 if kept else 0


if __name__ == "__main__":
    sys.exit(main())
