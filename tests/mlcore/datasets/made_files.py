"""Small files in the official formats, to test every loader without the real ones."""

import gzip
import hashlib
import io
import pickle
import struct
from typing import ClassVar

import numpy as np


def sum_of(data, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def idx(array):
    """An IDX file of bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def gz(data):
    return gzip.compress(data, mtime=0)


def random_images(rng, n, *shape):
    return rng.integers(0, 256, size=(n, *shape), dtype=np.uint8)


def cifar_binary(images, *labels):
    """Records of one or two labels and the three planes of an image."""
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.column_stack([*labels, planes]).astype(np.uint8).tobytes()


def pgm(image):
    return b"P5 %d %d 255\n" % image.shape[::-1] + image.tobytes()


class Python2Pickler(pickle._Pickler):
    """Writes bytes and text as Python 2 did, with one instruction for both.

    Python 3 has none for bytes in protocol 2: it writes a call.
    """

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, text):
        raw = text if isinstance(text, bytes) else text.encode("latin-1")
        self.write(b"T" + struct.pack("<i", len(raw)) + raw)
        self.memoize(text)

    dispatch[str] = dispatch[bytes] = save_string


def python2_pickle(value):
    """`value` pickled as by Python 2 with its NumPy, whose modules had other names."""
    out = io.BytesIO()
    Python2Pickler(out, protocol=2).dump(value)
    return out.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")


def cifar_pickle(images, labels, key="labels"):
    """A batch as on the CIFAR page: data, labels, and the things that nobody reads."""
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    batch = {
        "batch_label": "training batch 1 of 5",
        key: list(map(int, labels)),
        "data": planes,
        "filenames": [
            f"leptodactylus_pentadactylus_s_{i:06d}.png" for i in range(len(images))
        ],
    }
    return python2_pickle(batch)
