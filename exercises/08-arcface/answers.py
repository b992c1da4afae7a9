"""Exercises of chapter 8, ArcFace.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/08-arcface

N samples, D features, C classes; x̂ = x/|x| and ŵ = w/|w| have length 1. Every task may
use the functions of the tasks before it. Arrays are float64 or float32, and a result
has the dtype of its input; inputs are as they were when you return. Up to 12 digits of
a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def cos_and_sine(x, w):
    """Task 08.1 (7 points): cosine and sine of the angle between rows of x and w.

    The cosine is c = x̂·ŵ. sqrt(1 - c²) would be the sine, but below an angle of 1e-8
    it is 0 or NaN, since c is then 1 and holds nothing of the angle. The vector
    ŵ - c x̂ does: its length is sin θ, right up to an error of about eps/θ. A row of
    zeros has no angle; let it stand at a right angle to everything, with the cosine 0
    and the sine 1.

    x, w : arrays (N, D), of any lengths, float64 or float32

    Returns the tuple (c, sine), two arrays (N,) of the dtype of x. About 8 lines; runs
    in microseconds.
    """
    raise NotImplementedError


def arc_margin(c, sine, m, fallback):
    """Task 08.2 (9 points): ψ, and ρ = -dψ/dθ, from the cosine and the sine of θ.

    ψ = cos(θ + m), by the addition theorem, without an angle: c may be 1 to all its
    digits, and past 1 by rounding, where sine still tells one angle from another. What
    happens past θ + m = π, where the cosine rises again, depends on `fallback`:

        "none"      nothing: cos(θ + m) everywhere, as the paper has it
        "linear"    ψ = cos θ - m sin m, where θ is above π - m, so cos θ < -cos m
        "easy"      cos(θ + m) only where cos θ > 0, and plain cos θ elsewhere

    ρ is minus the derivative, by θ, of what ψ is at that place.

    c, sine : arrays of any shape, cos θ and sin θ, float64 or float32
    m : float, the margin, from 0 up to, but not including, π
    fallback : "none", "linear" or "easy"

    Returns the tuple (psi, rho), two arrays of the shape and dtype of c. About 9 lines;
    runs in microseconds.
    """
    raise NotImplementedError


def arc_logits(x, w, y, m, s):
    """Task 08.3 (7 points): the logits of ArcFace, as the paper has them.

    s cos(θ_ij + m [j = y_i]), where θ_ij is the angle of x_i and w_j. In a row of
    zeros, of x or w, all angles are right angles.

    x : array (N, D), the features, float64 or float32
    w : array (C, D), one row a class, of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels
    m : float, the margin, from 0 up to, but not including, π
    s : float, the scale, above 0

    Returns an array (N, C) of the dtype of x. About 8 lines; runs in microseconds.
    """
    raise NotImplementedError


def arc_backward_x(x, w, y, m, s, g):
    """Task 08.4 (12 points, demanding): from the logits' gradient to x's.

    g is the gradient of a loss with respect to the logits of task 08.3. A target logit
    s ψ(θ) has the gradient (s/|x|) ρ t_x by x, where t_x = (ŵ - c x̂)/|ŵ - c x̂| is the
    unit vector at right angles to x̂ that leads toward ŵ. The other logits, s x̂·ŵ_j,
    have (s/|x|) (ŵ_j - c_j x̂).

    At θ = 0 and π there is no way toward ŵ, and ρ is not 0 there: a kink. Take t_x as 0
    where sin θ is at most 4 eps, eps being np.finfo(x.dtype).eps; below that it is made
    of rounding. No row of x or w is zero here.

    x, w, y, m, s : as in `arc_logits`
    g : array (N, C), of the dtype of x

    Returns dx, an array (N, D) of the dtype of x. About 13 lines; runs in microseconds.
    """
    raise NotImplementedError
