"""Small changes to a right answer, each of which makes it wrong.

    python tests/grader/mutants.py            # every chapter, some minutes
    python tests/grader/mutants.py 04 04.5    # a chapter or a task

The named misconceptions are the mistakes that somebody thought of. These are the ones
that nobody did: a swapped sign, a constant that is one off, a term left out, the wrong
axis, > for ≥, another variable. A mutant that keeps full marks shows a check that is
missing, or it is right as well.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import chosen

from grader.engine import chapters
from grader.engine.runner import InProcess
from grader.engine.trial import Trial, failure

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
UNWRAPPED = {
    "abs",
    "sqrt",
    "clip",
    "log",
    "exp",
    "floor",
    "minimum",
    "maximum",
    "where",
}


@dataclass(frozen=True)
class Mutant:
    """A changed answer: the statement as it reads now, and the function."""

    task: str
    line: int
    statement: str
    code: object

    def __str__(self):
        return f"{self.task}, line {self.line}: {self.statement}"


def mutants(path, task, variables=True) -> Iterator[Mutant]:
    """All mutants of the answer to a task in a file; with `variables`, those with
    another one too."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    functions = {
        node.name: node for node in module.body if isinstance(node, ast.FunctionDef)
    }
    function = functions[task.function]
    names = _variables(function) if variables else []
    statements = _statements(function)
    for owner, field, index in list(_slots(function)):
        container = getattr(owner, field)
        node = container if index is None else container[index]
        if (
            node not in statements
            or _says_only_how_it_is_made(owner)
            or _is_a_guard(owner, node)
        ):
            continue
        statement = statements[node]
        taken_out = f"without: {_first_line(statement)}"
        for new in _changes(node, names):
            ast.copy_location(new, node)
            ast.fix_missing_locations(new)
            _put(owner, field, index, new)
            try:
                text = (
                    taken_out
                    if isinstance(new, ast.Pass)
                    else _first_line(new if node is statement else statement)
                )
                yield Mutant(task.id, node.lineno, text, _compiled(function))
            finally:
                _put(owner, field, index, node)


def _statements(function):
    """For every node of the answer, docstring left out, the innermost statement that it
    is in."""
    body = function.body if ast.get_docstring(function) is None else function.body[1:]
    found = {}
    for part in body:
        for statement in ast.walk(part):  # from the outside in
            if isinstance(statement, ast.stmt):
                found.update(dict.fromkeys(ast.walk(statement), statement))
    return found


def _first_line(statement):
    return ast.unparse(statement).splitlines()[0]


def _says_only_how_it_is_made(owner):
    """Whether only the dtype or the length of what hangs here is used, which others
    share."""
    return (isinstance(owner, ast.Attribute) and owner.attr in ("dtype", "shape")) or (
        isinstance(owner, ast.Call) and ast.unparse(owner.func) in ("len", "np.arange")
    )


def _is_a_guard(owner, node):
    """Whether this is the 1 of np.where(length == 0, 1, length): any number would
    do."""
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
    """Where every expression and statement of a tree hangs: its owner, the field, the
    place."""
    for owner in ast.walk(tree):
        for field, value in ast.iter_fields(owner):
            for index, node in (
                enumerate(value) if isinstance(value, list) else [(None, value)]
            ):
                if isinstance(node, ast.expr | ast.stmt):
                    yield owner, field, index


def _changes(node, names):
    """What may stand in the place of a node."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.For | ast.If):
        yield ast.Pass()
    if isinstance(node, ast.Expr) and ast.unparse(node).startswith("np.add.at("):
        array, places, values = node.value.args  # once for each label only
        yield ast.AugAssign(
            ast.Subscript(array, places, ast.Store()), ast.Add(), values
        )
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
    if (
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.id in names
    ):
        yield from (ast.Name(name, ast.Load()) for name in names if name != node.id)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    if (
        isinstance(node, ast.Tuple)
        and len(node.elts) > 1
        and isinstance(node.ctx, ast.Load)
    ):
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
        yield ast.Call(
            node.func, node.args, [k for k in node.keywords if k is not keyword]
        )


def survives(path, chapter, task, mutant, seed):
    """Whether a mutant keeps full marks with the numbers of this seed."""
    functions = vars(chapters._load(path))
    exec(mutant.code, functions)
    student = InProcess(functions, chapter.given, seconds=2.0)
    return not any(
        failure(check, Trial(task, check, seed, student)) for check in task.checks
    )


def answers(chapter, task):
    """The files that hold a right answer to a task."""
    for path in (chapter.folder / "solution.py", *sorted(HERE.glob("answers_*.py"))):
        if f"def {task.function}(" in path.read_text(encoding="utf-8"):
            yield path


def main(arguments):
    asked = chosen.parser(__doc__).parse_args(arguments)
    counted = alive = 0
    for chapter, task in chosen.tasks(asked.chosen):
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
