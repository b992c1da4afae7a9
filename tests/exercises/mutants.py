"""Small changes to a right answer, each of which makes it wrong.

    python tests/exercises/mutants.py            # every chapter, some minutes
    python tests/exercises/mutants.py 04 04.5    # a chapter or a task

The named misconceptions are the mistakes that somebody thought of. These are the ones that nobody
did: a swapped sign, a constant that is one off, a term left out, the wrong axis, > for ≥, another
variable. A mutant that keeps full marks shows a check that is missing, or a change that changes
nothing; those of the solutions stand in `EQUIVALENT`, each with the reason.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exercises._engine import chapters, grade
from exercises._engine.runner import InProcess
from exercises._engine.trial import Trial

HERE = Path(__file__).parent
SEEDS = (0, 1, 2)

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Mod: [ast.Mult],
    ast.BitOr: [ast.BitAnd],
}
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
FUNCTIONS = {
    "maximum": ["minimum"],
    "minimum": ["maximum"],
    "max": ["min", "mean"],
    "argmin": ["argmax"],
    "argmax": ["argmin"],
    "sum": ["mean", "max"],
    "mean": ["sum"],
    "sin": ["cos"],
    "cos": ["sin"],
    "log1p": ["log"],
    "log": ["log1p"],
    "floor": ["ceil", "round"],
    "zeros_like": ["ones_like"],
    "ones_like": ["zeros_like"],
    "zeros": ["ones"],
}
UNWRAPPED = {"abs", "sqrt", "clip", "log", "exp", "floor", "minimum", "maximum", "where"}


# Mutants that are right answers, too: by task, what their change looks like.
EQUIVALENT = {
    # The ends of the range are no one's best step, and 11^-5 leads to the same exponent; where the
    # largest error is smallest, the mean error is.
    "02.4": r"^(0|15)  ->|^10\.0  ->|^np\.max.*np\.mean",
    # No gradient is asked about whose error is this near to the limit.
    "02.5": r"1e-06",
    # The input itself may be the result.
    "04.1": r"c\.copy\(\)  ->  c$",
    # At a knot either interval is right.
    "04.2": r"<=",
    # Rows of zeros are set to 0 at the end, so 0/0 does no harm before. And as in 04.1.
    "04.5": r"^np\.where\(zero, 1, ._norm\)  ->  ._norm$|\.copy\(\)  ->  .$",
    # The inner guard only keeps NumPy from a warning.
    "06.2": r"^np\.where\(lengths == 0, 1, lengths\)  ->  lengths$|^0  ->  -?1$",
    # k = m has the ψ of k = m − 1 at θ = π, and no θ is beyond.
    "06.3": r"^np\.minimum.*  ->  np\.floor|^m - 1  ->  m|^1  ->  0",
    # The same; and the radial part of the gradient by ŵ is projected out again.
    "06.4": r"^np\.minimum.*  ->  np\.floor|^m - 1  ->  m|^1  ->  0|\bown  ->|x_hat - c \* own|across_w",
    # For three classes both formulas give the same.
    "07.5": r"^1  ->  2",
    # Where x is a row of zeros, |ŵ − 0| is the 1 already; and no length is below 0 or exactly 1.
    "08.1": r"^\(x_length == 0\) \| \(w_length == 0\)  ->  w_length|^0  ->  -?1",
    # A jump is not asked about exactly where it is.
    "08.2": r"<=|>=",
    # Below the threshold the vector across is made of rounding: times any slope it is nearly 0, and
    # the threshold itself is not asked about.
    "08.4": r"np\.finfo|known|^[014]  ->",
    "11.3": r"np\.finfo|known|^[014]  ->",
    # Distances are symmetric, and no two are equal.
    "10.2": r">=|\(\w+, i\)$|\(j, i\)$",
    # For cosines 1 + m − s is never below 0.
    "10.3": r"1 \+ m - s_p$|^0  ->  -1",
    # arctan2 does not depend on the common length of its arguments.
    "11.4": r"np\.linalg\.norm",
    # A mean has the direction of its sum.
    "11.5": r"\.mean\(axis=0\)  ->  .*\.sum",
}


@dataclass(frozen=True)
class Mutant:
    """A changed answer: its line, what stood there and what stands there now, and the function."""

    task: str
    line: int
    change: str
    code: object

    def __str__(self):
        return f"{self.task}, line {self.line}: {self.change}"

    @property
    def is_equivalent(self):
        pattern = EQUIVALENT.get(self.task)
        return pattern is not None and re.search(pattern, self.change) is not None


def mutants(path, task, variables=True) -> Iterator[Mutant]:
    """All mutants of the answer to a task in a file; with `variables`, those with another one too."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    function = functions[task.function]
    names = _variables(function) if variables else []
    answer = {node for line in function.body[_starts(function) :] for node in ast.walk(line)}
    for owner, field, index in list(_slots(function)):
        container = getattr(owner, field)
        node = container if index is None else container[index]
        if node not in answer or _says_only_how_it_is_made(owner) or _is_a_guard(owner, node):
            continue
        before = ast.unparse(node)
        for new in _changes(node, names):
            ast.copy_location(new, node)
            ast.fix_missing_locations(new)
            _put(owner, field, index, new)
            try:
                change = f"{before}  ->  {ast.unparse(new)}"
                yield Mutant(task.id, node.lineno, change, _compiled(function))
            finally:
                _put(owner, field, index, node)


def _starts(function):
    """Where the answer begins: after the docstring."""
    return 0 if ast.get_docstring(function) is None else 1


def _says_only_how_it_is_made(owner):
    """Whether only the dtype or the length of what hangs here is used, which others share."""
    return (isinstance(owner, ast.Attribute) and owner.attr in ("dtype", "shape")) or (
        isinstance(owner, ast.Call) and ast.unparse(owner.func) in ("len", "np.arange")
    )


def _is_a_guard(owner, node):
    """Whether this is the 1 of np.where(length == 0, 1, length): any number would do."""
    return (
        isinstance(owner, ast.Call)
        and ast.unparse(owner.func) == "np.where"
        and isinstance(node, ast.Constant)
        and node.value == 1
    )


def _variables(function):
    """The names of a function's arguments and of what it assigns."""
    assigned = (n for n in ast.walk(function) if isinstance(n, ast.Name))
    names = {n.id for n in assigned if isinstance(n.ctx, ast.Store)}
    return sorted(names | {argument.arg for argument in function.args.args})


def _compiled(function):
    return compile(ast.Module([function], []), "mutant", "exec")


def _put(owner, field, index, node):
    if index is None:
        setattr(owner, field, node)
    else:
        getattr(owner, field)[index] = node


def _slots(tree):
    """Where every expression and statement of a tree hangs: its owner, the field, the place."""
    for owner in ast.walk(tree):
        for field, value in ast.iter_fields(owner):
            for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(node, ast.expr | ast.stmt):
                    yield owner, field, index


def _changes(node, names):
    """What may stand in the place of a node."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.For | ast.If):
        yield ast.Pass()
    if isinstance(node, ast.Expr) and ast.unparse(node).startswith("np.add.at("):
        array, places, values = node.value.args  # once for each label only
        yield ast.AugAssign(ast.Subscript(array, places, ast.Store()), ast.Add(), values)
    if isinstance(node, ast.AugAssign):
        for other in OPERATORS.get(type(node.op), ()):
            yield ast.AugAssign(node.target, other(), node.value)
        yield ast.Assign([node.target], node.value)
    if isinstance(node, ast.If):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        yield node.left
        yield node.right
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Compare):
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)
    if isinstance(node, ast.Constant):
        yield from _other_constants(node.value)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (ast.Name(name, ast.Load()) for name in names if name != node.id)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    if isinstance(node, ast.Tuple) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
        yield ast.Tuple([*node.elts[1:], node.elts[0]], ast.Load())
    if isinstance(node, ast.Call):
        yield from _other_calls(node)


def _other_constants(value):
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, float):
        yield ast.Constant(value * 1.1 or 0.1)


def _other_calls(node):
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    for other in FUNCTIONS.get(name, ()):
        function = ast.Attribute(node.func.value, other, ast.Load())
        yield ast.Call(function, node.args, node.keywords)
    if name in UNWRAPPED:
        yield from node.args
    if name in ("astype", "copy"):
        yield node.func.value
    if name == "where" and len(node.args) == 3:
        yield ast.Call(node.func, [node.args[0], node.args[2], node.args[1]], [])
    if name == "arctan2":
        yield ast.Call(node.func, node.args[::-1], [])
    for keyword in node.keywords:
        yield ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])


def survives(path, chapter, task, mutant, seed):
    """Whether a mutant keeps full marks with the numbers of this seed."""
    functions = vars(chapters._load(path))
    exec(mutant.code, functions)
    student = InProcess(functions, chapter.given, seconds=2.0)
    return not any(grade._run(check, Trial(task, check, seed, student)) for check in task.checks)


def answers(chapter, task):
    """The files that hold a right answer to a task."""
    for path in (chapter.folder / "solution.py", *sorted(HERE.glob("answers_*.py"))):
        if f"def {task.function}(" in path.read_text(encoding="utf-8"):
            yield path


def main(chosen):
    counted = alive = 0
    for folder in chapters.folders():
        chapter = chapters.chapter(folder)
        for task in chapter.tasks:
            if chosen and chapter.number not in chosen and task.id not in chosen:
                continue
            for path in answers(chapter, task):
                for mutant in mutants(path, task):
                    counted += 1
                    seeds = [s for s in SEEDS if survives(path, chapter, task, mutant, s)]
                    if seeds:
                        alive += 1
                        print(f"{path.stem}, {mutant}   [seeds {seeds}]", flush=True)
    print(f"{counted} mutants, {alive} alive")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
