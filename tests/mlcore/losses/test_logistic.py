"""The logistic function and its logarithms, against fifty digits."""

import mpmath
import numpy as np
import pytest

from mlcore.losses.logistic import logistic

LOGITS = [-800.0, -40.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 40.0, 700.0]


@pytest.mark.parametrize("z", LOGITS)
def test_all_four_are_exact_at_every_logit(z):
    with mpmath.workdps(400):
        exact_p = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        parts = exact_p, 1 - exact_p, -mpmath.log(exact_p), -mpmath.log(1 - exact_p)
        exact = [float(part) for part in parts]
    ours = [float(part[0]) for part in logistic(np.array([z]))]
    assert ours == pytest.approx(exact, rel=1e-15, abs=5e-324)


def test_a_logit_may_be_infinite():
    """Circle loss asks at minus infinity, where there is no pair of one kind."""
    p, not_p, minus_log_p, minus_log_not_p = logistic(np.array([-np.inf, np.inf]))
    assert p.tolist() == [0.0, 1.0]
    assert not_p.tolist() == [1.0, 0.0]
    assert minus_log_p.tolist() == [np.inf, 0.0]
    assert minus_log_not_p.tolist() == [0.0, np.inf]
