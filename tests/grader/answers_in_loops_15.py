"""Right answers of chapter 15 as plain loops over Python numbers."""

import math

import numpy as np


def fold_block(top, others, z):
    tops, sums = np.empty_like(top), np.empty_like(others)
    for i, (m, o) in enumerate(zip(top.tolist(), others.tolist(), strict=True)):
        for v in z[i].tolist():  # class by class, as the block of one
            if v > m:
                o = o * math.exp(m - v) + 1
                m = v
            elif v > -math.inf:
                o += math.exp(v - m)
        tops[i], sums[i] = m, o
    return tops, sums


def merged(targets, tops, others):
    out = [[], [], []]
    for i in range(targets.shape[1]):
        t = sum(targets[:, i].tolist())
        m, o = t, 0.0
        for top, part in zip(tops[:, i].tolist(), others[:, i].tolist(), strict=True):
            if top > m:
                o, m = o * math.exp(m - top), top
            o += part * math.exp(top - m)
        for values, value in zip(out, (t, m, o), strict=True):
            values.append(value)
    return tuple(map(np.array, out))


def loss_of_sums(target, top, others):
    losses = np.empty_like(target)
    for i in range(len(target)):
        t = float(target[i]) - float(top[i])
        losses[i] = math.log1p(float(others[i]) + math.expm1(t)) - t
    return losses


def rank_sums(z, y, start):
    out = [[], [], []]
    for row, label in zip(z.tolist(), y.tolist(), strict=True):
        t, rest = 0.0, []
        for j, v in enumerate(row, start):
            if j == label:
                t = v
            else:
                rest.append(v)
        m = max(rest, default=-math.inf)
        o = math.fsum(math.exp(v - m) for v in rest)
        for values, value in zip(out, (t, m, o), strict=True):
            values.append(value)
    return tuple(map(np.array, out))


def gradients_by_rank(u, w, counts, y, target, top, others):
    n, d = u.shape
    du, dw = np.zeros((n, d)), np.zeros(w.shape)
    for i in range(n):
        t, m, o = float(target[i]), float(top[i]), float(others[i])
        total = n * (o + math.exp(t - m))
        j = 0
        for count in counts.tolist():
            part = [0.0] * d
            for _ in range(count):
                if j == y[i]:
                    q = -o
                else:
                    inner = sum(float(u[i, k]) * float(w[j, k]) for k in range(d))
                    q = math.exp(inner - m)
                for k in range(d):
                    part[k] += q / total * float(w[j, k])
                    dw[j, k] += q / total * float(u[i, k])
                j += 1
            du[i] += part
    return du.astype(u.dtype), dw.astype(w.dtype)


def sampled_rows(numbers, y, start, rate):
    rows = []
    for row, number in enumerate(numbers.tolist()):
        if number < rate or any(start + row == label for label in y.tolist()):
            rows.append(row)
    return np.array(rows, dtype=np.int64)


def corrections(always, m, s, rate):
    lift = -math.log(rate)
    return np.array([0.0 if a else lift for a in always.tolist()]), m + lift / s
