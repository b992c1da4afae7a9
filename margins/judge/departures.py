"""What published code does otherwise: each slip is a name, and a variant to compute.

An implementation that departs from a paper is held against these. A name is given only
where the variant agrees with the implementation wherever it can be told from the paper.
"""

from collections.abc import Iterator
from itertools import combinations
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from margins.judge import heads, heads_since, pairs, softmax, tails, views

Slips = frozenset[str]

_EVERY = ("sum for mean",)
_CLAMPS = tuple(softmax.CLAMPS)
_HEAD = (
    *_EVERY,
    "no margin",
    "margin without gradient",
    "margin only where the cosine is positive",
    "features' norms without gradient",
    "weights' norms without gradient",
    *heads.CLAMPS,
    *_CLAMPS,
)
_UNIT_W = "weights replaced by their directions"
_MULTIPLIED = (*_HEAD, "cos(m theta) at every angle", "lambda left out")
_SCALED = (*_HEAD, _UNIT_W, "scale forgotten", "margin with the wrong sign")
_HARD = (
    "slope 1 for hard negatives",
    "the factor without gradient",
    "hard without the margin",
)

#: The slips of each loss, by their names.
SLIPS: dict[str, tuple[str, ...]] = {
    "cross-entropy": (*_EVERY, *_CLAMPS),
    "softmax": (*_EVERY, *_CLAMPS, "bias left out"),
    "l-softmax": _MULTIPLIED,
    "a-softmax": (*_MULTIPLIED, _UNIT_W),
    # Its margin has no gradient of its own: there is none to leave out.
    "am-softmax": (
        *(name for name in _SCALED if name != "margin without gradient"),
        "margin on the angle",
        "features not normalised",
    ),
    "arcface": (
        *_SCALED,
        "margin on the cosine",
        "linear past pi",
        "theta + m held at pi",
    ),
    "combined": (*_SCALED, "linear past pi"),
    "center": (
        *_EVERY,
        "the half left out",
        "centers moved by the loss's gradient",
        "centers moved by the sum",
        "n for 1 + n",
    ),
    "focal": (
        *_EVERY,
        "sum over the classes",
        "alpha left out",
        "alpha for both kinds",
        "alpha exchanged",
        "the exponent on p",
        "the factor without gradient",
        "focal on the batch's mean",
        *_CLAMPS,
    ),
    "softmax-focal": (
        *_EVERY,
        "the factor without gradient",
        "focal on the batch's mean",
        "averaged over the classes too",
        *_CLAMPS,
    ),
    "triplet": (
        *_EVERY,
        "averaged over the active",
        "squared distances",
        "margin left out",
        "soft margin",
        "vectors normalised first",
        "1e-6 added to each difference",
        "1e-6 added under the root",
    ),
    "batch-triplet": (
        *_EVERY,
        "averaged over the active",
        "averaged over all triplets",
        "squared distances",
        "1e-6 added to each difference",
        "no negative where none is farther",
    ),
    "circle": (*_EVERY, "pair weights differentiated", "features not normalised"),
    "adaface": (
        *_EVERY,
        *heads_since.OF_ANY,
        "the quality differentiated",
        "N for N - 1",
        "good samples for bad ones",
        "this batch alone",
        heads_since.CLAMP,
        heads_since.HELD,
        *_CLAMPS,
    ),
    "magface": (
        *_EVERY,
        *heads_since.OF_ANY,
        "the length without gradient",
        "the regulariser left out",
        "slope 1 outside the lengths",
        "margin only where the cosine is positive",
        *_CLAMPS,
    ),
    "curricularface": (
        *_EVERY,
        *heads_since.OF_ANY,
        *_HARD,
        "t after the margin",
        "linear past pi",
        "this batch alone",
        *_CLAMPS,
    ),
    "mv-softmax": (
        *_EVERY,
        *heads_since.OF_ANY,
        *_HARD,
        "nothing added to hard negatives",
        "margin only where the cosine is larger",
        "margin only where the cosine is positive",
        *_CLAMPS,
    ),
    "sub-center-arcface": (
        *_EVERY,
        *heads_since.OF_ANY,
        "every row a class",
        "the farthest row",
        "linear past pi",
        *_CLAMPS,
    ),
    "ldam": (
        *_EVERY,
        "no margin",
        "scale forgotten",
        "larger margins for common classes",
        "the margin not scaled",
        "class weights left out",
        "weighed mean by N",
        *_CLAMPS,
    ),
    "vector-scaling": (
        *_EVERY,
        "the prior subtracted",
        "the prior left out",
        "the scale left out",
        "the scale turned over",
        "class weights left out",
        "weighed mean by N",
        *_CLAMPS,
    ),
    "asymmetric": (
        *_EVERY,
        "sum over the classes",
        "the factor without gradient",
        "exponents exchanged",
        "the shift left out",
        "the shift before the exponent only",
        "probability clamped at 1e-8",
    ),
    **views.SLIPS,
}

#: In a sentence.
SAID: dict[str, str] = {
    "sum for mean": "the losses are summed, not averaged",
    "no margin": "there is no margin at all",
    "margin without gradient": (
        "the margin moves the logit and not its gradient (straight-through)"
    ),
    "margin only where the cosine is positive": (
        "the margin is left out beyond 90 degrees (easy_margin)"
    ),
    "features' norms without gradient": "the features' lengths are constants",
    "weights' norms without gradient": "the class weights' lengths are constants",
    "weights replaced by their directions": (
        "the class weights are overwritten by unit rows before each step"
    ),
    **{name: f"{name} before arccos" for name in (*heads.CLAMPS, heads_since.CLAMP)},
    heads_since.HELD: "the angle with its margin is held 0.001 inside 0 and pi",
    "margin only where the cosine is larger": (
        "the margin is left out where the cosine is below it"
    ),
    "cos(m theta) at every angle": "psi is cos(m theta) beyond pi/m as well",
    "lambda left out": "the annealing weight lambda is not used",
    "scale forgotten": "the logits are not multiplied by s",
    "margin with the wrong sign": "the margin makes the task easier",
    "margin on the angle": "the margin is added to the angle (ArcFace)",
    "margin on the cosine": "the margin is taken from the cosine (AM-Softmax, CosFace)",
    "theta + m held at pi": "past pi the target stays at -1",
    "linear past pi": "past pi the target is cos(theta) - m sin(m)",
    "features not normalised": "the features keep their lengths",
    "bias left out": "the bias is not used",
    "the half left out": "the factor 1/2 is missing",
    "centers moved by the loss's gradient": (
        "the centers take a step along the mean loss's gradient"
    ),
    "centers moved by the sum": "the centers move by the sum, not divided by 1 + n",
    "n for 1 + n": "the centers' step is divided by n, not 1 + n",
    "sum over the classes": "summed over the classes and averaged over the samples",
    "alpha left out": "alpha is not used",
    "alpha for both kinds": "alpha weighs positives and negatives alike",
    "alpha exchanged": "alpha weighs the negatives, and 1 - alpha the positives",
    "the exponent on p": "the factor is p^gamma in place of (1 - p)^gamma",
    "the factor without gradient": "the focal factor is treated as a constant",
    "focal on the batch's mean": "the factor is that of the batch's mean cross-entropy",
    "averaged over the active": "averaged over the triplets whose loss is not 0",
    "averaged over all triplets": "averaged over all triplets, not by anchor",
    "squared distances": "the distances are squared",
    "margin left out": "there is no margin",
    "soft margin": "softplus in place of the hinge",
    "vectors normalised first": "the vectors are normalised first",
    "averaged over the classes too": "the mean is over samples and classes",
    "1e-6 added under the root": "1e-6 is added to each squared distance",
    "1e-6 added to each difference": "1e-6 is added to each difference of coordinates",
    "no negative where none is farther": (
        "a positive without a farther negative has no loss"
    ),
    "the quality differentiated": "the gradient goes through the quality too",
    "N for N - 1": "the standard deviation of the lengths divides by N",
    "good samples for bad ones": "the sign of the quality is turned over",
    "this batch alone": "the running values are those of the batch alone",
    "the length without gradient": "the features' lengths are constants",
    "the regulariser left out": "the term for the length is missing",
    "slope 1 outside the lengths": "the clipped lengths have the gradient of free ones",
    "slope 1 for hard negatives": "hard negatives have the slope of others",
    "hard without the margin": "hard is what is above the cosine without the margin",
    "t after the margin": "t is the mean of the target logits, margin included",
    "nothing added to hard negatives": "nothing is added to hard negatives",
    "every row a class": "the rows that lose stay in the softmax",
    "the farthest row": "of each class's rows the farthest counts",
    "larger margins for common classes": "common classes have the larger margins",
    "the margin not scaled": "the margin is not multiplied by s",
    "the prior subtracted": "the log prior is subtracted in training",
    "the prior left out": "the log prior is not used",
    "the scale left out": "the logits are not scaled by class",
    "the scale turned over": "the logits of common classes are made smaller, not rare",
    "class weights left out": "the class weights are not used",
    "weighed mean by N": "the weighed losses are divided by N, not by their weights",
    "exponents exchanged": "the exponents of the two answers are exchanged",
    "the shift left out": "the probabilities are not shifted",
    "the shift before the exponent only": "the logarithm is of 1 - p, not of 1 - p_m",
    "probability clamped at 1e-8": (
        "probability clamped at 1e-8, and no gradient below"
    ),
    "pair weights differentiated": "the gradient goes through the pair weights too",
    **{name: f"{name}, and no gradient below" for name in _CLAMPS},
    **views.SAID,
}


class Answer(NamedTuple):
    """What an implementation gives for one case.

    Attributes
    ----------
    loss : float
    gradients : tuple of arrays
        In the order of the arguments.
    centers : array or None
        After the update, for center loss.
    """

    loss: Any
    gradients: tuple[np.ndarray, ...]
    centers: np.ndarray | None = None


def answer(
    loss: str, parameters: dict[str, Any], inputs: dict[str, np.ndarray], slips: Slips
) -> Answer:
    """The loss of that name with these slips; with none, the paper's, in float64."""
    p = SimpleNamespace(**parameters)
    with np.errstate(all="ignore"):
        if loss in heads.UNIT_W or loss == "l-softmax":
            if loss == "am-softmax" and "features not normalised" in slips:
                return Answer(*heads.without_normalised_features(p, inputs, slips))
            return Answer(*heads.head(loss, p, inputs, slips))
        if loss == "cross-entropy":
            value, dz = softmax.cross_entropy(inputs["logits"], inputs["y"], slips)
            return Answer(value, (dz,))
        return Answer(*OTHERS[loss](p, inputs, slips))


OTHERS = {
    "softmax": softmax.softmax,
    "focal": softmax.focal,
    "softmax-focal": softmax.softmax_focal,
    "center": pairs.center,
    "triplet": pairs.triplet,
    "batch-triplet": pairs.batch_triplet,
    "circle": pairs.circle,
    "adaface": heads_since.adaface,
    "magface": heads_since.magface,
    "curricularface": heads_since.curricularface,
    "mv-softmax": heads_since.mv_softmax,
    "sub-center-arcface": heads_since.sub_center,
    "ldam": heads_since.ldam,
    "vector-scaling": tails.vector_scaling,
    "asymmetric": tails.asymmetric,
    **views.ANSWERS,
}


def candidates(loss: str) -> Iterator[Slips]:
    """Single slips first, then pairs, then three and four together."""
    for count in (1, 2, 3, 4):
        for chosen in combinations(SLIPS[loss], count):
            yield frozenset(chosen)
