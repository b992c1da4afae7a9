"""Labels as a file gives them."""

import numpy as np

from mlcore.arrays import index_dtype


def checked_labels(labels, classes):
    """`labels` as the platform's index integers, after checking that each lies in [0,
    `classes`)."""
    try:
        labels = np.asarray(labels, dtype=np.int64)
    except OverflowError as error:
        raise ValueError(
            f"it holds labels beyond {classes} classes, and beyond 64 bits"
        ) from error
    bad = np.flatnonzero((labels < 0) | (labels >= classes))
    if bad.size:
        raise ValueError(
            f"it holds labels beyond {classes} classes: the first is {labels[bad[0]]}, "
            f"of sample {bad[0]}"
        )
    return labels.astype(index_dtype(np), copy=False)
