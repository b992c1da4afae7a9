"""Small files in the official formats, so that every loader is tested without the real
ones."""

import gzip
import hashlib
import pickle
import struct

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


class Python2Pickle:
    """Writes a dictionary as Python 2's cPickle with NumPy did, byte for byte in its
    manner.

    Python 3 cannot: it has no instruction for a string of bytes that is meant as text.
    """

    def __init__(self):
        self.out, self.memo = [b"\x80\x02"], 0

    def put(self):
        self.memo += 1
        self.out.append(
            b"q" + bytes([self.memo])
            if self.memo < 256
            else b"r" + struct.pack("<I", self.memo)
        )

    def string(self, text):
        raw = text if isinstance(text, bytes) else text.encode()
        short = len(raw) < 256
        self.out.append(
            b"U" + bytes([len(raw)]) if short else b"T" + struct.pack("<i", len(raw))
        )
        self.out.append(raw)
        self.put()

    def integer(self, n):
        if 0 <= n < 256:
            self.out.append(b"K" + bytes([n]))
        elif 0 <= n < 65536:
            self.out.append(b"M" + struct.pack("<H", n))
        else:
            self.out.append(b"J" + struct.pack("<i", n))

    def named(self, module, name):
        self.out.append(b"c" + module.encode() + b"\n" + name.encode() + b"\n")
        self.put()

    def array(self, array):
        """uint8 of two axes."""
        self.named("numpy.core.multiarray", "_reconstruct")
        self.named("numpy", "ndarray")
        self.out.append(b"K\x00\x85")
        self.put()
        self.string("b")
        self.out.append(b"\x87")
        self.put()
        self.out.append(b"R")
        self.put()
        self.out.append(b"(K\x01")
        for n in array.shape:
            self.integer(n)
        self.out.append(b"\x86")
        self.put()
        self.named("numpy", "dtype")
        self.string("u1")
        self.out.append(b"K\x00K\x01\x87")
        self.put()
        self.out.append(b"R")
        self.put()
        self.out.append(b"(K\x03")
        self.string("|")
        self.out.append(b"NNN" + 2 * b"J\xff\xff\xff\xff" + b"K\x00t")
        self.put()
        self.out.append(b"b\x89")
        self.string(array.tobytes())
        self.out.append(b"t")
        self.put()
        self.out.append(b"b")

    def list(self, items):
        self.out.append(b"]")
        self.put()
        for begin in range(0, len(items), 1000):
            self.out.append(b"(")
            for item in items[begin : begin + 1000]:
                (self.integer if isinstance(item, int) else self.string)(item)
            self.out.append(b"e")

    def dumps(self, dictionary):
        self.out.append(b"}")
        self.put()
        self.out.append(b"(")
        for key, value in dictionary.items():
            self.string(key)
            if isinstance(value, np.ndarray):
                self.array(value)
            elif isinstance(value, list):
                self.list(value)
            else:
                self.string(value)
        self.out.append(b"u.")
        return b"".join(self.out)


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
    return Python2Pickle().dumps(batch)


def evil_pickle(function, *arguments):
    """A pickle whose loading calls `function`."""

    class Evil:
        def __reduce__(self):
            return function, arguments

    return pickle.dumps({"data": Evil()}, protocol=2)
