"""The AT&T (Olivetti) faces: ten photographs of each of 40 people, as PGM files."""

from importlib.resources import files

import numpy as np

from mlcore.datasets.base import Split
from mlcore.datasets.files import Download, File, Form
from mlcore.datasets.formats import read_pgm
from mlcore.datasets.published import Published

_SHAPE = (112, 92)
_EACH = 10


def _sums():
    """Names and sums of the 400 files; of a sum its first 128 bits, which is enough."""
    text = files("mlcore.datasets").joinpath("att_faces.sha256").read_text()
    return [
        (name, f"sha256:{digest}") for digest, name in map(str.split, text.splitlines())
    ]


def _parse(data):
    image = read_pgm(data)
    if image.shape != _SHAPE:
        raise ValueError(f"it is a PGM image of shape {image.shape}, expected {_SHAPE}")
    return image


def assemble(*images: np.ndarray) -> tuple[Split, Split]:
    """Of each identity five photographs to train on, and the last five to test on."""
    identities = np.stack(images).reshape(-1, _EACH, *_SHAPE, 1)
    labels = np.repeat(np.arange(len(identities)), _EACH // 2)
    train, test = (
        Split(half.reshape(-1, *_SHAPE, 1), labels.copy())
        for half in np.split(identities, 2, axis=1)
    )
    return train, test


ATT_FACES = Published(
    name="att-faces",
    forms=(
        Form(
            files=tuple(File(name, 20_000, digest, _parse) for name, digest in _sums()),
            downloads=(
                Download(
                    "att_faces.zip",
                    None,
                    "md5:6efb25cb0d40755e9492b9c012e3348d",
                    (
                        "https://www.idiap.ch/software/bob/data/bob/att_faces.zip",
                        "https://www.cl.cam.ac.uk/Research/DTG/attarchive/pub/data/att_faces.zip",
                    ),
                ),
            ),
            assemble=assemble,
        ),
    ),
    classes=tuple(f"s{person}" for person in range(1, 41)),
    licence="credit to the Olivetti Research Laboratory; cite Samaria and Harter, 1994",
    source=(
        "The Database of Faces, AT&T Laboratories Cambridge (Olivetti Research"
        " Laboratory)"
    ),
)
