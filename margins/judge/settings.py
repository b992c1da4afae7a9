"""The hyper-parameters that are tried, and where each loss comes from."""

import math
from typing import Any, NamedTuple


class Source(NamedTuple):
    """Where a loss stands.

    Attributes
    ----------
    paper : str
    equations : tuple of str
        Labels of the book's equations that the golden vectors follow.
    """

    paper: str
    equations: tuple[str, ...]


SOURCES = {
    "cross-entropy": Source("Bridle 1990", ("softmax-loss", "softmax-dz")),
    "softmax": Source(
        "Bridle 1990", ("softmax-logits", "softmax-loss", "softmax-dx", "softmax-dw")
    ),
    "l-softmax": Source(
        "Liu et al. 2016, arXiv 1612.02295",
        ("lsoftmax-psi", "lsoftmax-annealed", "lsoftmax-dx", "lsoftmax-dw"),
    ),
    "a-softmax": Source(
        "Liu et al. 2017, arXiv 1704.08063",
        ("asoftmax-logit", "asoftmax-annealed", "asoftmax-dx"),
    ),
    "am-softmax": Source(
        "Wang et al. 2018, arXiv 1801.05599",
        ("amsoftmax-logit", "amsoftmax-dx", "amsoftmax-dw"),
    ),
    "arcface": Source(
        "Deng et al. 2019, arXiv 1801.07698",
        (
            "arcface-logits",
            "arcface-linear",
            "arcface-easy",
            "arcface-dx",
            "arcface-dw",
        ),
    ),
    "combined": Source("Deng et al. 2019, arXiv 1801.07698", ("arcface-loss",)),
    "center": Source("Wen et al. 2016", ("center-loss", "center-dx", "center-update")),
    "focal": Source(
        "Lin et al. 2017, arXiv 1708.02002", ("focal-loss", "focal-alpha", "focal-dz")
    ),
    "softmax-focal": Source(
        "Lin et al. 2017, arXiv 1708.02002", ("focal-softmax", "focal-softmax-dz")
    ),
    "triplet": Source(
        "Schroff et al. 2015, arXiv 1503.03832", ("triplet-loss", "triplet-distances")
    ),
    "batch-triplet": Source(
        "Hermans et al. 2017, arXiv 1703.07737",
        ("mining-all", "mining-hard", "mining-semi"),
    ),
    "circle": Source(
        "Sun et al. 2020, arXiv 2002.10857",
        ("circle-weights", "circle-loss", "circle-gradient"),
    ),
    "adaface": Source(
        "Kim et al. 2022, arXiv 2204.00964",
        ("ada-quality", "ada-psi", "ada-dx"),
    ),
    "magface": Source(
        "Meng et al. 2021, arXiv 2103.06627",
        ("mag-loss", "mag-margin", "mag-dx"),
    ),
    "curricularface": Source(
        "Huang et al. 2020, arXiv 2004.00288", ("hard-curricular", "hard-slope")
    ),
    "mv-softmax": Source(
        "Wang et al. 2020, arXiv 1912.00833", ("hard-mv", "hard-slope")
    ),
    "sub-center-arcface": Source(
        "Deng et al. 2020", ("subcenter-cosine", "subcenter-dw")
    ),
    "ldam": Source("Cao et al. 2019, arXiv 1906.07413", ("tails-ldam",)),
    "vector-scaling": Source(
        "Kini et al. 2021, arXiv 2103.01550", ("tails-vector", "tails-vector-dz")
    ),
    "asymmetric": Source(
        "Ben-Baruch et al. 2021, arXiv 2009.14119",
        ("focal-asymmetric", "focal-asymmetric-dz"),
    ),
    "sphereface2": Source(
        "Wen et al. 2022, arXiv 2108.01513",
        ("sphereface2-zeta", "sphereface2-loss", "sphereface2-gradient"),
    ),
    "contrastive": Source(
        "Hadsell et al. 2006", ("contrastive-loss", "contrastive-gradient")
    ),
    "n-pair": Source("Sohn 2016", ("npair-loss",)),
    "nt-xent": Source(
        "Chen et al. 2020, arXiv 2002.05709",
        ("similarity-rows", "ntxent-loss", "both-roles"),
    ),
    "supcon": Source(
        "Khosla et al. 2020, arXiv 2004.11362", ("supcon-losses", "supcon-in-gradient")
    ),
    "clip": Source(
        "Radford et al. 2021, arXiv 2103.00020", ("clip-loss", "clip-gradient")
    ),
    "siglip": Source(
        "Zhai et al. 2023, arXiv 2303.15343", ("siglip-loss", "siglip-gradient")
    ),
    "proxy-nca": Source(
        "Movshovitz-Attias et al. 2017, arXiv 1703.07464",
        ("proxy-nca-loss", "proxy-nca-gradient"),
    ),
    "proxy-anchor": Source(
        "Kim et al. 2020, arXiv 2003.13911",
        ("proxy-anchor-loss", "proxy-anchor-gradient"),
    ),
}

_SOFTMAX: dict[str, Any] = {
    "label_smoothing": 0.0,
    "class_weights": None,
    "ignore_index": None,
}
_FOCAL: dict[str, Any] = {"gamma": 2.0, "alpha": 0.25, "pos_weight": None}
_TAILS: dict[str, Any] = {
    "counts": (400.0, 40.0, 8.0, 4.0),
    "tau": 1.0,
    "gamma": 0.0,
    "class_weights": None,
}
_LDAM: dict[str, Any] = {
    "counts": (400.0, 40.0, 8.0, 4.0),
    "max_m": 0.5,
    "s": 30.0,
    "class_weights": None,
}
_DISTANCES = ("euclidean", "squared", "cosine")

#: What each loss is tried with; the first is its paper's, or its usual default.
PARAMETERS: dict[str, tuple[dict[str, Any], ...]] = {
    "cross-entropy": (
        _SOFTMAX,
        _SOFTMAX | {"label_smoothing": 0.1},
        _SOFTMAX | {"class_weights": (1.0, 0.5, 2.0, 0.25)},
        _SOFTMAX | {"ignore_index": 0},
    ),
    "softmax": (_SOFTMAX,),
    "l-softmax": (
        *({"m": m, "lam": 0.0} for m in (4, 1, 2, 3)),
        {"m": 4, "lam": 5.0},
        {"m": 4, "lam": math.inf},
    ),
    "a-softmax": (*({"m": m, "lam": 0.0} for m in (4, 2, 3)), {"m": 4, "lam": 5.0}),
    "am-softmax": ({"m": 0.35, "s": 30.0}, {"m": 0.35, "s": 64.0}),
    "arcface": (
        {"m": 0.5, "s": 64.0, "fallback": "none"},
        {"m": 0.5, "s": 64.0, "fallback": "linear"},
        {"m": 0.5, "s": 64.0, "fallback": "easy"},
        {"m": 1.0, "s": 16.0, "fallback": "none"},
    ),
    "combined": ({"m1": 1.0, "m2": 0.3, "m3": 0.2, "s": 64.0},),
    "center": ({"alpha": 0.5}, {"alpha": 1.0}),
    "focal": (
        _FOCAL,
        _FOCAL | {"gamma": 0.5, "alpha": None},
        _FOCAL | {"gamma": 0.0, "alpha": 0.75},
    ),
    "softmax-focal": tuple(
        {"gamma": gamma, "class_weights": None, "ignore_index": None}
        for gamma in (2.0, 0.5)
    ),
    "triplet": tuple({"margin": 0.2, "distance": kind} for kind in _DISTANCES),
    "batch-triplet": tuple(
        {"margin": 0.2, "mining": mining, "distance": kind}
        for mining in ("hard", "all", "semi-hard")
        for kind in _DISTANCES
    ),
    "circle": tuple(
        {"m": 0.25, "gamma": gamma, "scope": scope}
        for gamma in (256.0, 64.0)
        for scope in ("anchor", "batch")
    ),
    "adaface": (
        {"m": 0.4, "h": 1 / 3, "s": 64.0, "weight": 0.01},
        {"m": 0.75, "h": 1.0, "s": 8.0, "weight": 1.0},
    ),
    "magface": (
        {"l_a": 10.0, "u_a": 110.0, "l_m": 0.45, "u_m": 0.8, "lam": 35.0, "s": 64.0},
        {"l_a": 0.875, "u_a": 5.5, "l_m": 0.125, "u_m": 0.75, "lam": 2.0, "s": 8.0},
    ),
    "curricularface": (
        {"m": 0.5, "s": 64.0, "weight": 0.01},
        {"m": 0.25, "s": 8.0, "weight": 0.5},
    ),
    "mv-softmax": tuple(
        {"t": 0.2, "m": 0.35, "s": s, "base": base, "form": form}
        for s, base, form in (
            (32.0, "additive", "adaptive"),
            (8.0, "additive", "fixed"),
            (8.0, "angular", "adaptive"),
            (8.0, "angular", "fixed"),
        )
    ),
    "sub-center-arcface": ({"m": 0.5, "s": 64.0}, {"m": 1.0, "s": 8.0}),
    "ldam": (
        _LDAM,
        _LDAM | {"max_m": 0.25, "s": 8.0, "class_weights": (1.0, 0.5, 2.0, 0.25)},
    ),
    "vector-scaling": (
        _TAILS,
        _TAILS | {"gamma": 0.3},
        _TAILS | {"tau": 0.0, "gamma": 0.15, "class_weights": (1.0, 0.5, 2.0, 0.25)},
    ),
    "asymmetric": (
        {"gamma_pos": 1.0, "gamma_neg": 4.0, "m": 0.05},
        {"gamma_pos": 0.5, "gamma_neg": 0.5, "m": 0.25},
        {"gamma_pos": 2.0, "gamma_neg": 2.0, "m": 0.0},
        {"gamma_pos": 0.0, "gamma_neg": 0.0, "m": 0.0},
    ),
    "sphereface2": (
        {"lam": 0.7, "r": 40.0, "m": 0.4, "t": 3.0, "gradient": "true"},
        {"lam": 0.7, "r": 40.0, "m": 0.4, "t": 3.0, "gradient": "detached"},
        {"lam": 0.5, "r": 8.0, "m": 0.0, "t": 1.0, "gradient": "true"},
    ),
    "contrastive": ({"margin": 1.0}, {"margin": 4.0}),
    "n-pair": ({},),
    "nt-xent": tuple({"temperature": tau} for tau in (0.5, 0.1, 0.005)),
    "supcon": tuple(
        {"temperature": tau, "form": form}
        for tau in (0.1, 0.5)
        for form in ("out", "in")
    ),
    "clip": ({},),
    "siglip": ({},),
    "proxy-nca": (
        {"scale": 1.0, "positive": False},
        {"scale": 8.0, "positive": False},
        {"scale": 8.0, "positive": True},
    ),
    "proxy-anchor": ({"alpha": 32.0, "delta": 0.1}, {"alpha": 8.0, "delta": 0.0}),
}
