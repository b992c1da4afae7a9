"""The inputs on which an implementation is tried: ordinary ones, and all the edges.

Numbers are chosen to be exact in as small a dtype as the case allows: the same inputs
then serve float64, float32 and float16.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

Inputs = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """Inputs to try, and what to mind about them.

    Attributes
    ----------
    name : str
    inputs : dict of arrays
        In the order of the arguments: float64, labels int64.
    undefined : dict of tuples of int
        Rows, by argument, that have no gradient: where a direction is missing, or two
        formulas meet in a kink. What a library does there is its own choice.
    edge : bool
        Whether what is tried is less the formula than its computation: where rounding,
        overflow or a missing direction decide.
    """

    name: str
    inputs: Inputs
    undefined: dict[str, tuple[int, ...]] = field(default_factory=dict)
    edge: bool = False


def of(loss: str, parameters: dict[str, Any]) -> tuple[Case, ...]:
    """The cases of the loss of that name in the registry.

    Raises
    ------
    ValueError
        If there is no such loss.
    """
    if loss not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise ValueError(f"loss must be one of {known}; got {loss!r}")
    return tuple(FAMILIES[loss](SimpleNamespace(**parameters)))


def sixteenths(rng, *shape, largest=3.0):
    """Multiples of 1/16 up to `largest`: exact in float16."""
    return np.round(rng.uniform(-16 * largest, 16 * largest, shape)) / 16


def labels(*values):
    """Labels as an array."""
    return np.array(values, dtype=np.int64)


# Features, class weights and labels.


def heads(p) -> Iterator[Case]:
    """For losses that see the angles between features and class weights."""
    rng = np.random.default_rng(1)
    x, w = sixteenths(rng, 7, 5), sixteenths(rng, 4, 5)
    # Class 3 has no sample, class 0 three.
    yield Case("ordinary", {"x": x, "w": w, "y": labels(0, 1, 0, 2, 1, 0, 2)})
    x, w = sixteenths(rng, 1, 3), sixteenths(rng, 1, 3)
    yield Case("one sample, one class", {"x": x, "w": w, "y": labels(0)})
    yield from angles(p, rng)
    yield from poles(p, rng)
    yield from zero_rows(p, rng)
    yield from lengths(p, rng)


def stateful(p) -> Iterator[Case]:
    """As `heads`, with running values: of lengths, or of cosines."""
    state = np.array([3.5, 1.25]) if hasattr(p, "h") else np.array([0.375])
    for case in heads(p):
        yield dataclasses.replace(case, inputs={**case.inputs, "state": state})
    rng = np.random.default_rng(8)
    x, w, y = sixteenths(rng, 1, 4), sixteenths(rng, 3, 4), labels(0)
    yield Case("one sample", {"x": x, "w": w, "y": y, "state": state})


def sub_centers(p) -> Iterator[Case]:
    """As `heads`, with rows beside those of each class."""
    rng = np.random.default_rng(9)
    for case in heads(p):
        w = case.inputs["w"]
        more = np.stack([w, *(sixteenths(rng, *w.shape) for _ in range(2))], axis=1)
        yield dataclasses.replace(case, inputs={**case.inputs, "w": more})


def counted(p) -> Iterator[Case]:
    """The cases of `heads` with as many classes as there are counts."""
    for case in heads(p):
        if len(case.inputs["w"]) == len(p.counts):
            yield case
    rng = np.random.default_rng(10)
    w, y = sixteenths(rng, 4, 4), labels(3, 0, 1, 1)
    x = sixteenths(rng, 4, 4)
    yield Case("near their classes", {"x": x + 4 * w[y], "w": w, "y": y})
    w = np.concatenate([w[:3], -w[:1] + 1 / 16])
    yield Case("wrong by far", {"x": 8 * w[:1] + x[:1] / 16, "w": w, "y": labels(3)})
    x, w = np.where(y[:, None] == 0, 0.0, x), np.where(np.arange(4) == 2, 0.0, w.T).T
    undefined: dict[str, tuple[int, ...]] = {"x": (1,), "w": (2,)}
    yield Case("rows of zeros", {"x": x, "w": w, "y": y}, undefined, edge=True)


def angles(p, rng):
    """Every interval of a multiplied angle, its knots, and past pi."""
    m = getattr(p, "m", 1)
    m = m if isinstance(m, int) else 1
    middles = [(k + 0.45) * np.pi / m for k in range(m)]
    x, w, y = at_angles(middles)
    yield Case("inside every interval", {"x": x, "w": w, "y": y})
    if m > 1:
        knots = [k * np.pi / m + e for k in range(1, m) for e in (-1e-3, 1e-3)]
        x, w, y = at_angles(knots)
        yield Case("both sides of every knot", {"x": x, "w": w, "y": y})
    wide = [2.0, 2.3, 2.5, 2.7, 2.9, 3.0, 3.1, 3.14]
    x, w, y = at_angles(wide)
    yield Case("wide angles", {"x": x, "w": w, "y": y})
    if not hasattr(p, "s"):
        yield Case("long features at wide angles", {"x": 16 * x, "w": w, "y": y})
    narrow = [2e-4, 0.1, 0.2, 0.4, 0.8, 1.2, 1.5, 1.6]
    x, w, y = at_angles(narrow)
    yield Case("narrow angles", {"x": x, "w": w, "y": y})


def at_angles(thetas):
    """Features of several lengths at these angles to their class, exact in float32."""
    thetas = np.array(thetas)
    lengths = 1 + np.arange(len(thetas)) % 3
    zero = np.zeros_like(thetas)
    x = lengths[:, None] * np.stack([np.cos(thetas), np.sin(thetas), zero], axis=1)
    w = np.array([[2.0, 0, 0], [0.5, 0.25, 1.0], [-0.25, 1.0, 0.5]])
    return x.astype(np.float32).astype(float), w, np.zeros(len(x), dtype=np.int64)


def poles(p, rng):
    """Angles near 0 and pi, and exactly there."""
    w = np.array([[3.0, 4.0, 0.0], [1.0, -2.0, 2.0]])
    across = np.array([-4.0, 3.0, 0.0])
    tiny = np.array([1e-3, 1e-6, 1e-9, 1e-12])[:, None]
    y = labels(0, 0, 0, 0)
    yield Case(
        "close to its class", {"x": w[0] + tiny * across, "w": w, "y": y}, edge=True
    )
    # The opposite direction is where an added margin leads past pi.
    yield Case(
        "close to the opposite",
        {"x": tiny * across - w[0] / 2, "w": w, "y": y},
        edge=True,
    )
    x = np.stack([w[0], w[0] / 2, 2 * w[1]])
    yield Case("parallel", {"x": x, "w": w, "y": labels(0, 0, 1)}, edge=True)
    yield Case("opposite", {"x": -x, "w": w, "y": labels(0, 0, 1)}, edge=True)


def zero_rows(p, rng):
    """A row of zeros has no direction: its cosines are 0."""
    x, w = sixteenths(rng, 3, 4), sixteenths(rng, 3, 4)
    x[1], y = 0.0, labels(0, 1, 2)
    yield Case("a feature of zeros", {"x": x, "w": w, "y": y}, {"x": (1,)}, edge=True)
    x, w = sixteenths(rng, 3, 4), sixteenths(rng, 3, 4)
    w[2] = 0.0
    yield Case(
        "class weights of zeros",
        {"x": x, "w": w, "y": labels(0, 1, 2)},
        {"w": (2,)},
        edge=True,
    )


def lengths(p, rng):
    """Rows far from ordinary size; where the length counts, logits of 1e4."""
    x, w = sixteenths(rng, 4, 4), sixteenths(rng, 3, 4)
    y = labels(2, 0, 1, 1)
    both = np.array([2.0**-100, 2.0**100, 1, 1])[:, None]
    if hasattr(p, "s"):
        scales = np.array([2.0**100, 2.0**-100, 1])[:, None]
        yield Case(
            "tiny and huge rows", {"x": x * both, "w": w * scales, "y": y}, edge=True
        )
        scales = np.array([2.0**-6, 2.0**6, 1, 1])[:, None]
        yield Case("short and long rows", {"x": x * scales, "w": w, "y": y}, edge=True)
    else:
        tiny = np.array([2.0**-100, 2.0**-10, 1, 1])[:, None]
        yield Case("tiny features", {"x": x * tiny, "w": w, "y": y}, edge=True)
        yield Case(
            "logits of thousands", {"x": 512.0 * x, "w": 4.0 * w, "y": y}, edge=True
        )


def softmax(p) -> Iterator[Case]:
    """Plain softmax on features, with a bias."""
    rng = np.random.default_rng(2)
    rows = {"x": 16 * np.eye(3), "w": 4 * np.eye(3), "y": labels(1, 1, 0)}
    yield Case("wrong by far", rows | {"b": np.array([-8.0, 20.0, 0.0])})
    for case in heads(p):
        w = case.inputs["w"]
        if getattr(p, "class_weights", None) is not None and len(w) != 4:
            continue  # as many weights as classes
        inputs = case.inputs | {"b": sixteenths(rng, len(w))}
        # Nothing is divided by a length here.
        yield Case(case.name, inputs)


# Logits and labels.


def logits(p) -> Iterator[Case]:
    """For losses of logits and labels."""
    rng = np.random.default_rng(3)
    z = sixteenths(rng, 6, 4, largest=8)
    yield Case("ordinary", {"logits": z, "y": labels(0, 1, 2, 3, 3, 0)})
    z = np.array([[20.0, 0, 0, 1], [0, 35, 3, 0], [0, 0, 4, 75]])
    yield Case("wrong by far", {"logits": z, "y": labels(1, 0, 2)})
    z = np.array([[2.0, 2, 2, 2], [1, 1, 0, 0], [0, 0, 0, 0]])
    yield Case("ties", {"logits": z, "y": labels(1, 0, 3)})
    z = np.array([[40.0, 0, -40, 1], [700, -700, 0, 5], [0.5, 80, 20, 60]])
    yield Case("sure and right", {"logits": z, "y": labels(0, 0, 1)}, edge=True)
    yield Case("sure and wrong", {"logits": z, "y": labels(2, 1, 0)}, edge=True)
    z = np.array([[1e4, -1e4, 0, 1], [1e4, 1e4, 1, 2], [-1e4, 0, 3, 3]])
    yield Case("logits of 1e4", {"logits": z, "y": labels(1, 0, 3)}, edge=True)
    if getattr(p, "class_weights", None) is None and not hasattr(p, "counts"):
        z = sixteenths(rng, 1, 1)
        yield Case("one sample, one class", {"logits": z, "y": labels(0)}, edge=True)


def decisions(p) -> Iterator[Case]:
    """For losses of logits and targets of independent decisions."""
    rng = np.random.default_rng(4)
    z = sixteenths(rng, 5, 4, largest=6)
    targets = rng.integers(0, 2, (5, 4))
    yield Case("ordinary", {"logits": z, "targets": targets})
    z = np.array([[20.0, -20, 35, -35], [0, 0, 75, -75]])
    wrong = np.array([[0, 1, 0, 1], [0, 1, 0, 1]])
    yield Case("wrong by far", {"logits": z, "targets": wrong})
    z = np.array([[40.0, -40, 100, -100], [0, 0, 800, -800]])
    right = np.array([[1, 0, 1, 0], [0, 1, 1, 0]])
    yield Case("sure and right", {"logits": z, "targets": right}, edge=True)
    yield Case("sure and wrong", {"logits": z, "targets": 1 - right}, edge=True)
    z = np.array([[1e4, -1e4, 1e4, -1e4]])
    yield Case(
        "logits of 1e4", {"logits": z, "targets": np.array([[1, 0, 0, 1]])}, edge=True
    )


# Pairs and triplets.


def triplets(p) -> Iterator[Case]:
    """For losses of anchors, positives and negatives."""
    rng = np.random.default_rng(5)
    a, q, n = (sixteenths(rng, 6, 4) for _ in range(3))
    yield Case("ordinary", {"anchor": a, "positive": q, "negative": n})
    # All on, so that the size of a distance shows in every gradient.
    yield Case(
        "positives far, negatives near",
        {"anchor": a, "positive": a + 2 * q, "negative": a + n / 8},
    )
    a, q, n = (sixteenths(rng, 2, 3) for _ in range(3))
    q[0] = a[0]
    rows: dict[str, tuple[int, ...]] = {}
    if p.distance != "squared":
        rows = {"anchor": (0,), "positive": (0,)}
    yield Case(
        "anchor and positive alike",
        {"anchor": a, "positive": q, "negative": a + n / 16},
        rows,
        edge=True,
    )
    scale = 2.0 ** (40 if p.distance == "squared" else 100)
    yield Case(
        "huge",
        {"anchor": scale * a, "positive": scale * n, "negative": scale * q},
        edge=True,
    )


def batches(p) -> Iterator[Case]:
    """For losses that find their own pairs in a batch."""
    rng = np.random.default_rng(6)
    x = sixteenths(rng, 8, 4)
    yield Case("ordinary", {"x": x, "y": labels(0, 1, 0, 2, 1, 0, 2, 1)})
    yield Case("a class of one", {"x": x[:6], "y": labels(0, 1, 0, 2, 1, 0)})
    yield Case("one class", {"x": x[:3], "y": labels(1, 1, 1)})
    yield Case("no two alike", {"x": x[:3], "y": labels(0, 1, 2)})
    close = x[[0, 0, 1, 1]] + sixteenths(rng, 4, 4, largest=0.125)
    yield Case("close pairs", {"x": close, "y": labels(0, 0, 1, 1)})
    yield Case("far pairs", {"x": close, "y": labels(0, 1, 0, 1)})


def centers(p) -> Iterator[Case]:
    """For center loss; class 3 is absent, class 0 has three samples."""
    rng = np.random.default_rng(7)
    x, c = sixteenths(rng, 6, 4), sixteenths(rng, 4, 4)
    y = labels(0, 1, 0, 2, 1, 0)
    yield Case("ordinary", {"x": x, "centers": c, "y": y})
    yield Case(
        "on their centers",
        {"x": c[[0, 1, 2]], "centers": c, "y": y[[0, 1, 3]]},
        edge=True,
    )
    yield Case("huge", {"x": 2.0**100 * x, "centers": 2.0**100 * c, "y": y}, edge=True)


# Two of each sample.


def matched(p) -> Iterator[Case]:
    """Pairs of points that belong together, or not."""
    rng = np.random.default_rng(8)
    x1, away = sixteenths(rng, 6, 4), sixteenths(rng, 6, 4, largest=1.0)
    same = labels(1, 0, 1, 0, 0, 1)
    yield Case("ordinary", {"x1": x1, "x2": x1 + away, "same": same})
    yield Case("near", {"x1": x1, "x2": x1 + away / 4, "same": same})
    x2 = np.concatenate([x1[:2], x1[2:] + away[2:]])
    yield Case(
        "in one place", {"x1": x1, "x2": x2, "same": same}, {"x1": (1,), "x2": (1,)}
    )
    yield Case("far", {"x1": x1, "x2": 1024 * away, "same": same}, edge=True)


def views(p, first="x1", second="x2", **scalars) -> Iterator[Case]:
    """Two views of each sample, similar, unlike, and in no direction at all."""
    rng = np.random.default_rng(9)
    numbers = {name: np.asarray(value) for name, value in scalars.items()}
    x = sixteenths(rng, 6, 4)

    def case(name, a, b, undefined=(), edge=False):
        missing = {first: undefined} if undefined else {}
        # Logits of 1 / temperature carry their rounding into every exponential.
        edge = edge or getattr(p, "temperature", 1.0) < 0.05
        return Case(name, {first: a, second: b} | numbers, missing, edge)

    yield case("ordinary", x, sixteenths(rng, 6, 4))
    yield case("similar", x, x + sixteenths(rng, 6, 4, largest=0.5))
    yield case("wrong", x[:4], x[[1, 0, 3, 2]] + sixteenths(rng, 4, 4, largest=0.5))
    yield case("two samples", x[:2], sixteenths(rng, 2, 4))
    if first == "f":
        yield case("logits of thousands", 64 * x, 8 * x[::-1], edge=True)
        return
    zeros = x.copy()
    zeros[1] = 0.0
    yield case("a view of zeros", zeros, x[::-1], (1,), edge=True)
    lengths = np.array([2.0**-100, 2.0**100, 1, 1, 2, 1])[:, None]
    yield case("tiny and huge rows", lengths * x, x[::-1], edge=True)
    yield case("parallel", x, 2 * x, edge=True)


def anchors(p) -> Iterator[Case]:
    """Anchors and positives whose lengths count."""
    yield from views(p, "f", "f_plus")


def scaled_views(p) -> Iterator[Case]:
    """Pairs under a learned scale: near the start, and the largest that is let."""
    yield from views(p, "x", "v", log_t=2.5)
    for case in views(p, "x", "v", log_t=4.5):
        yield Case(f"{case.name}, a large scale", case.inputs, case.undefined, True)


def decided_views(p) -> Iterator[Case]:
    """Pairs under a learned scale and bias."""
    yield from views(p, "x", "v", log_t=2.5, b=-2.0)
    yield from (
        Case(f"{case.name}, by far", case.inputs, case.undefined, True)
        for case in views(p, "x", "v", log_t=4.5, b=-10.0)
    )


def decided_heads(p) -> Iterator[Case]:
    """As `heads`, with one bias for all classes."""
    for case in heads(p):
        inputs = case.inputs | {"b": np.asarray(4.0)}
        yield Case(case.name, inputs, case.undefined, case.edge)


FAMILIES = {
    "cross-entropy": logits,
    "softmax": softmax,
    "l-softmax": heads,
    "a-softmax": heads,
    "am-softmax": heads,
    "arcface": heads,
    "combined": heads,
    "center": centers,
    "focal": decisions,
    "softmax-focal": logits,
    "triplet": triplets,
    "batch-triplet": batches,
    "circle": batches,
    "adaface": stateful,
    "magface": heads,
    "curricularface": stateful,
    "mv-softmax": heads,
    "sub-center-arcface": sub_centers,
    "ldam": counted,
    "vector-scaling": logits,
    "asymmetric": decisions,
    "sphereface2": decided_heads,
    "contrastive": matched,
    "n-pair": anchors,
    "nt-xent": views,
    "supcon": batches,
    "clip": scaled_views,
    "siglip": decided_views,
    "proxy-nca": heads,
    "proxy-anchor": heads,
}
