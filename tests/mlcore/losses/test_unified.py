"""One formula over pairs has AM-Softmax and the hardest triplet at its two ends.

L_uni = log(1 + sum over pairs of exp gamma (s_n - s_p + m)) is no loss of the registry;
it is the common root of several (Sun et al. 2020). Here it is written once, and the
losses are held to it.
"""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcore.linalg import angle
from mlcore.losses import AdditiveMarginSoftmaxLoss, BatchTripletLoss, CircleLoss
from mlcore.losses.registry.entries import classification

seeds = st.integers(0, 10**6)
margins = st.floats(0, 1.9)
scales = st.floats(-2, 3).map(lambda power: 10.0**power)
many = settings(max_examples=60)


def unified(s_n, s_p, m, gamma):
    """By its double sum, with the largest exponent taken out."""
    exponents = [0.0, *(gamma * (n - p + m) for n in s_n for p in s_p)]
    top = max(exponents)
    return top + math.log(math.fsum(math.exp(e - top) for e in exponents))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def labelled(seed, n=9, d=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), np.arange(n) % 3


def pairs_of(x, y, i):
    """Cosines of anchor i with its negatives and with its positives."""
    s = unit(x) @ unit(x)[i]
    others = np.arange(len(y)) != i
    return s[y != y[i]], s[(y == y[i]) & others]


@many
@given(seed=seeds, m=margins, s=scales, c=st.integers(2, 8))
def test_with_class_weights_as_partners_it_is_am_softmax(seed, m, s, c):
    """One positive pair, with the own row, and C - 1 negative ones; gamma is the scale
    s."""
    rng = np.random.default_rng(seed)
    x, w, y = classification(rng, 5, 4, c)
    am, _ = AdditiveMarginSoftmaxLoss(m=m, s=s, reduction="none").forward(x, w, y)
    cosines = unit(x) @ unit(w).T
    by_pairs = [
        unified(np.delete(r, k), [r[k]], m, s) for r, k in zip(cosines, y, strict=True)
    ]
    # Exponents of up to 4 s are rounded, and so is a loss near 0.
    np.testing.assert_allclose(am, by_pairs, rtol=1e-11, atol=1e-14 * max(1, s))


@many
@given(seed=seeds, m=margins, gamma=scales)
def test_over_gamma_it_lies_above_the_hardest_triplet_by_log_of_the_pairs_at_most(
    seed, m, gamma
):
    """[h]+ <= L_uni / gamma <= [h]+ + log(M + 1) / gamma, with M pairs of both
    kinds."""
    x, y = labelled(seed)
    head = BatchTripletLoss(
        margin=m, mining="hard", distance="cosine", reduction="none"
    )
    hardest, _ = head.forward(x, y)
    for i in range(len(x)):
        s_n, s_p = pairs_of(x, y, i)
        excess = unified(s_n, s_p, m, gamma) / gamma - hardest[i]
        assert -1e-12 <= excess <= math.log(len(s_n) * len(s_p) + 1) / gamma + 1e-12


@many
@given(seed=seeds, m=st.floats(0, 1))
def test_over_gamma_it_tends_to_the_hardest_triplet(seed, m):
    x, y = labelled(seed)
    head = BatchTripletLoss(
        margin=m, mining="hard", distance="cosine", reduction="none"
    )
    hardest, _ = head.forward(x, y)
    limit = [unified(*pairs_of(x, y, i), m, 1e9) / 1e9 for i in range(len(x))]
    np.testing.assert_allclose(hardest, limit, atol=1e-8)


@many
@given(seed=seeds, m=st.floats(0, 1), gamma=scales)
def test_the_circle_loss_without_its_weights_is_the_unified_one(seed, m, gamma):
    """With weights 1 the two thresholds m and 1 - m make one margin of 1 - 2m."""

    class Plain(CircleLoss):
        def pair_weights(self, s):
            return np.ones_like(s), np.ones_like(s)

    x, y = labelled(seed)
    each, _ = Plain(m=m, gamma=gamma, reduction="none").forward(x, y)
    by_pairs = [unified(*pairs_of(x, y, i), 1 - 2 * m, gamma) for i in range(len(x))]
    np.testing.assert_allclose(each, by_pairs, rtol=1e-11, atol=1e-13 * max(1, gamma))


def test_cosines_of_this_file_are_those_of_the_library():
    x, _ = labelled(0)
    theirs, ours = angle(unit(x[:1]), unit(x[1:2])).cos[0], unit(x)[1] @ unit(x)[0]
    assert abs(theirs - ours) < 1e-15
