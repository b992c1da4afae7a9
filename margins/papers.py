"""What the papers print, for the rows that the experiments measure again."""

from typing import NamedTuple


class Published(NamedTuple):
    """A figure of a paper.

    Attributes
    ----------
    value : float
        Test error in percent.
    source : str
    checked : bool
        Whether we have compared it with the paper, or with a quotation that names the
        paper. If not, print it with a mark.
    """

    value: float
    source: str
    checked: bool

    def __str__(self) -> str:
        return f"{self.value:.2f}" + ("" if self.checked else " (unchecked)")


_NAMES = ("softmax", "l-softmax-m2", "l-softmax-m3", "l-softmax-m4")


def _rows(data, errors, checked=()):
    return {
        f"{data}-{name}": Published(
            error, "Liu et al. 2016, arXiv 1612.02295", name in checked
        )
        for name, error in zip(_NAMES, errors, strict=True)
    }


FIGURES = {
    **_rows("mnist", (0.40, 0.32, 0.31, 0.31), checked=_NAMES),
    # 7.73 is quoted from the paper at
    # github.com/wy1iu/LargeMargin_Softmax_Loss/issues/33.
    **_rows("cifar10", (9.05, 7.73, 7.66, 7.58), checked=("l-softmax-m2",)),
    **_rows("cifar10+", (6.50, 6.01, 5.94, 5.92)),
    **_rows("cifar100", (32.74, 29.95, 29.87, 29.53)),
}

#: Average precision on COCO, in percent, of the detector that the focal loss paper
#: trained with each gamma and the alpha that suited it best (Lin et al. 2017, arXiv
#: 1708.02002, table 1b). Data, network and length of training have nothing in common
#: with those of our detection experiments: only the order of the rows can be held
#: against ours. Not compared with the paper by us.
AVERAGE_PRECISION = {
    "coco-gamma0": 31.1,
    "coco-gamma0.5": 32.9,
    "coco-gamma1": 33.7,
    "coco-gamma2": 34.0,
    "coco-gamma5": 32.2,
}
