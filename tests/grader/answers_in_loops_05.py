"""Right answers of chapter 5 as plain loops over Python numbers."""

import math

import numpy as np


def center_loss(x, centers, y, reduction):
    total = 0.0
    for i, label in enumerate(y.tolist()):
        for a, c in zip(x[i].tolist(), centers[label].tolist(), strict=True):
            total += (a - c) ** 2
    return total / 2 / (len(y) if reduction == "mean" else 1)


def center_gradient(x, centers, y, reduction):
    n = len(y) if reduction == "mean" else 1
    away = np.empty_like(x)
    for i, a in np.ndindex(x.shape):
        away[i, a] = (x[i, a] - centers[y[i], a]) / n
    return away


def update_centers(x, centers, y, alpha):
    new = centers.copy()
    for j in range(len(centers)):
        own = [i for i, label in enumerate(y) if label == j]
        for a in range(centers.shape[1]):
            pull = sum(float(centers[j, a]) - float(x[i, a]) for i in own)
            new[j, a] = float(centers[j, a]) - alpha * pull / (1 + len(own))
    return new


def share_of_the_way(n, alpha):
    shares = [alpha * k / (1 + k) for k in n.ravel().tolist()]
    return np.array(shares).reshape(n.shape)


def joint_step(inputs, v, w, centers, y, lam, alpha, rate):
    d, e = v.shape
    x = np.array(
        [[sum(v[a, b] * row[b] for b in range(e)) for a in range(d)] for row in inputs]
    )
    new_v, new_w = v.copy(), w.copy()
    for i, label in enumerate(y):
        z = [float(sum(w[j, a] * x[i, a] for a in range(d))) for j in range(len(w))]
        powers = [math.exp(value - max(z)) for value in z]
        g = [power / sum(powers) - (j == label) for j, power in enumerate(powers)]
        for a in range(d):
            dx = sum(g[j] * w[j, a] for j in range(len(w)))
            dx += lam * (x[i, a] - centers[label, a])
            for j in range(len(w)):
                new_w[j, a] -= rate * g[j] * x[i, a]
            for b in range(e):
                new_v[a, b] -= rate * dx * inputs[i, b]
    return new_v, new_w, update_centers(x, centers, y, alpha)
