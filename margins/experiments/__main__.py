"""Train the book's experiments and print their tables.

    python -m experiments list ['mnist-*']
    python -m experiments run mnist-softmax-small
    python -m experiments run 'mnist-*-small' --seeds 3
    python -m experiments table 'mnist-*'

A run that was cut off, by whatever, goes on where it was when the same command is given
again. Runs are kept in one file, _runs/results.jsonl; files NAME/seed-*.json beside it,
which earlier versions wrote, are not read any more: what is in them is trained again.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from margins import results
from margins.experiments import catalogue, experiment, table
from margins.experiments.experiment import Repeatable
from margins.tables import Table

OWN = Path("_runs")
#: What a user can mend, and is told in a sentence.
ERRORS = (ValueError, TypeError, FloatingPointError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    grammar = parser()
    options = grammar.parse_args(arguments)
    if options.command is None:
        grammar.print_help()
        return 0
    try:
        return options.command(options)
    except BrokenPipeError:
        # The reader of a pipe has seen enough; nothing more can be written, not even at
        # the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nstopped; the same command goes on from its last checkpoint",
            file=sys.stderr,
        )
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="python -m experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.set_defaults(command=None)
    commands = top.add_subparsers(metavar="COMMAND", title="commands")

    command = commands.add_parser("list", help="what there is to run")
    command.add_argument("pattern", nargs="?", default="*", metavar="NAME")
    command.set_defaults(command=print_list)

    command = commands.add_parser(
        "run", help="train, and write a line of results for each seed"
    )
    command.add_argument(
        "names", nargs="+", metavar="NAME", help="names, or quoted patterns with *"
    )
    command.add_argument(
        "--seeds", type=positive, default=3, help="0, 1, ... (default: 3 of them)"
    )
    command.add_argument(
        "--epochs", type=positive, help="another number of them: another name"
    )
    command.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    command.add_argument(
        "--out", type=Path, default=OWN, help=f"folder (default: {OWN})"
    )
    command.add_argument(
        "--hold-out",
        type=positive,
        default=0,
        metavar="N",
        help=(
            "measure on N training images instead of the test set, to choose something"
        ),
    )
    command.set_defaults(command=run)

    command = commands.add_parser(
        "table", help="mean and deviation beside the papers' figures"
    )
    command.add_argument("pattern", nargs="?", default="*", metavar="NAME")
    command.add_argument("--out", type=Path, help="folder (default: the book's)")
    command.set_defaults(command=print_table)
    return top


def positive(text: str) -> int:
    """A number of seeds, epochs or images.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 1 on, got {text!r}"
        )
    return int(text)


def print_list(options: argparse.Namespace) -> int:
    """Name, data, epochs and seeds measured of each experiment."""
    made = Table(["name", "data", "epochs", "seeds in the book"], missing="-")
    for one in catalogue.chosen(options.pattern):
        made.add(one.name, one.data, one.epochs, len(results.runs(one.name)) or None)
    print(made)
    return 0


def print_table(options: argparse.Namespace) -> int:
    """The experiments of the pattern, from the folder."""
    print(table.table(options.pattern, options.out))
    return 0


def run(options: argparse.Namespace) -> int:
    """All experiments named, seed by seed; returns the exit status.

    After a third of the time all have been once. One that fails does not stop the
    others; the exit status tells.
    """
    chosen = [one for name in options.names for one in catalogue.chosen(name)]
    failures = 0
    for seed in range(options.seeds):
        for declared in chosen:
            if seed > 0 and not declared.seeded:
                continue
            try:
                run_one(declared, seed, options)
            except ERRORS as error:
                print(f"error: {error}", file=sys.stderr, flush=True)
                failures += 1
    return 1 if failures else 0


def run_one(declared: Repeatable, seed: int, options: argparse.Namespace) -> None:
    """One seed of one experiment, unless it is there already."""
    one = changed(declared, options)
    print(f"{one.name}, seed {seed}: {one.epochs} epochs of {one.data}", flush=True)
    path = options.out / results.RUNS
    if experiment.found(one, seed, options.out, options.hold_out):
        print(f"  there already: {path}", flush=True)
        return
    report = experiment.run(
        one,
        seed,
        options.out,
        command=typed(declared.name, options),
        on=options.device,
        held_out=options.hold_out,
        progress=sys.stderr.isatty(),
    )
    print(f"  {one.in_short(report)}, {report['seconds']:.0f} s\n  {path}", flush=True)


def changed(one: Repeatable, options: argparse.Namespace) -> Repeatable:
    """The experiment under another name, where the options make it another."""
    if options.epochs not in (None, one.epochs):
        one = replace(
            one, name=f"{one.name}-{options.epochs}-epochs", epochs=options.epochs
        )
    if options.hold_out:
        one = replace(one, name=f"{one.name}-hold-out-{options.hold_out}")
    return one


def typed(name: str, options: argparse.Namespace) -> str:
    """The command that repeats a run; to which folder it wrote does not matter."""
    given = {"--epochs": options.epochs, "--hold-out": options.hold_out}
    extra = [f"{flag} {value}" for flag, value in given.items() if value]
    extra += ["--device gpu"] if options.device == "gpu" else []
    return " ".join(
        [f"python -m experiments run {name} --seeds {options.seeds}", *extra]
    )


if __name__ == "__main__":
    sys.exit(main())
