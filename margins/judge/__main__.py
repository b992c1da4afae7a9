"""Hold an implementation of a loss against the papers.

    python -m margins.judge mine.py:arcface --loss arcface --m 0.5 --s 64
    python -m margins.judge package.module:function --loss triplet --json verdict.json

The function gets NumPy arrays, by position, and the hyper-parameters that it has
arguments for, by name. It returns the mean loss and a tuple of its gradients, in the
order of the arrays; for center loss also the new centers:

    def arcface(x, w, y, m, s):           # or without m and s, and --m 0.5 --s 64
        x, w = (torch.tensor(a, requires_grad=True) for a in (x, w))
        loss = my_loss(x, w, torch.tensor(y), margin=m, scale=s)
        loss.backward()
        return loss.item(), (x.grad.numpy(), w.grad.numpy())

It agrees with the formula if seven digits do in float64, on every case that rounding
does not decide. The exit status is 0 if it agrees, 1 if not, 2 for bad use.
"""

import argparse
import importlib
import importlib.util
import json
import math
import sys
from pathlib import Path

from margins.judge import golden, judging, report
from margins.judge.settings import PARAMETERS


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if the loss is the paper's, 1 if not, 2 for bad use."""
    options, rest = _parser().parse_known_args(arguments)
    try:
        if options.json and not options.json.absolute().parent.is_dir():
            raise ValueError(f"--json {options.json}: there is no such folder")
        function = load(options.function)
        given = _parameters(options.loss, rest)
        cases = vectors(options.loss, given, options.vectors)
        cases = judging.chosen(function, cases, given)
        verdict = judging.judge(function, options.loss, cases, options.dtypes)
    except (ValueError, OSError, ImportError, AttributeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        contents = json.dumps(report.as_dict(verdict, options.function), indent=1)
        options.json.write_text(contents + "\n", encoding="utf-8")
    print(
        report.badge(verdict)
        if options.badge
        else report.text(verdict, options.function)
    )
    return 0 if verdict.agrees else 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m margins.judge",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Hyper-parameters of the loss are options too: --m 0.5 --s 64.",
    )
    parser.add_argument("function", metavar="MODULE:NAME", help="or FILE.py:NAME")
    parser.add_argument(
        "--loss",
        required=True,
        choices=PARAMETERS,
        type=lambda word: ALIASES.get(word, word),
        help="one of %(choices)s; cosface and sphereface are known too",
        metavar="LOSS",
    )
    parser.add_argument(
        "--dtypes", nargs="+", default=["float64", "float32"], choices=golden.DTYPES
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all of it there"
    )
    parser.add_argument("--badge", action="store_true", help="print one line only")
    parser.add_argument(
        "--vectors", type=Path, metavar="FOLDER", help="of golden vectors, downloaded"
    )
    return parser


def load(place: str):
    """The function NAME of MODULE:NAME or FILE.py:NAME.

    Raises
    ------
    ValueError
        If there is none.
    """
    module, _, name = place.rpartition(":")
    if not module:
        raise ValueError(f"{place!r} must be MODULE:NAME or FILE.py:NAME")
    if module.endswith(".py"):
        if not Path(module).is_file():
            raise ValueError(f"there is no file {module}")
        spec = importlib.util.spec_from_file_location(Path(module).stem, module)
        if spec is None or spec.loader is None:
            raise ValueError(f"{module} cannot be imported")
        loaded = importlib.util.module_from_spec(spec)
        _imported(module, lambda: spec.loader.exec_module(loaded))
    else:
        sys.path.append("")  # as `python -m` has it: modules of this folder
        loaded = _imported(module, lambda: importlib.import_module(module))
    function = getattr(loaded, name, None)
    if not callable(function):
        raise ValueError(f"{module} has no function {name!r}")
    return function


def _imported(module, run):
    try:
        return run()
    except (Exception, SystemExit) as error:
        raise ValueError(
            f"{module} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def vectors(loss: str, given: dict, folder: Path | None = None) -> list[golden.Golden]:
    """The golden vectors of these hyper-parameters: from a file, or computed.

    Raises
    ------
    ValueError
        If they have to be computed, and mpmath is not there.
    """
    known = [
        p
        for p in PARAMETERS[loss]
        if all(p[n] == v for n, v in given.items() if n in p)
    ]
    if folder is not None and not folder.is_dir():
        raise ValueError(f"--vectors {folder}: there is no such folder")
    file = (folder or FOLDER) / f"{loss}.json"
    if known and file.exists():
        return golden.read(file)
    try:
        import mpmath  # noqa: F401
    except ImportError:
        raise ValueError(
            f"{file} is not there or not of these hyper-parameters, and computing what"
            " is right needs mpmath: pip install mpmath"
        ) from None
    wanted = known or [PARAMETERS[loss][0] | given]
    return [case for parameters in wanted for case in golden.compute(loss, parameters)]


ALIASES = {"cosface": "am-softmax", "sphereface": "a-softmax"}

#: Where a checkout keeps them.
FOLDER = Path(__file__).resolve().parents[2] / "tests" / "golden"


def _parameters(loss, words):
    """Hyper-parameters from ``--name value`` pairs."""
    known = PARAMETERS[loss][0]
    given = {}
    words = [part for word in words for part in word.split("=", 1)]
    for flag, word in zip(words[::2], [*words[1::2], None], strict=False):
        name = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or name not in known or word is None:
            options = ", ".join(f"--{n}" for n in known)
            raise ValueError(f"{flag!r} is no hyper-parameter of {loss}: {options}")
        try:
            given[name] = _value(word, known[name])
        except ValueError:
            raise ValueError(f"{flag} must be a number, got {word!r}") from None
    return given


def _value(word, example):
    if isinstance(example, str):
        return word
    if word == "None":
        return None
    number = float(word)
    whole = number.is_integer() and isinstance(example, int)
    return int(number) if whole and not math.isinf(number) else number


if __name__ == "__main__":
    sys.exit(main())
