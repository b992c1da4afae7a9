"""What a machine can do at most, and how much of it a head and a convolution reach.

    python -m margins.benchmarks.roofline [--device cpu|gpu] [--threads 1] [--out FILE]

Bytes and operations are counted from the formulas (see `head_work`,
`convolution_work`), seconds are measured; all quoted times are medians. Chapter 13
draws the file.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from operator import matmul
from pathlib import Path
from typing import TYPE_CHECKING, Any

from margins import device as devices
from margins.benchmarks.report import written
from margins.device import CPU, GPU

if TYPE_CHECKING:  # loads NumPy, see `devices.fair_environment`
    from mlcore.layers import Conv2d

SECONDS = 1.5  # spent on each measurement
# numbers to stream, side of a square matrix
LARGE = {"cpu": (2**24, 2048), "gpu": (2**28, 8192)}
HEADS = ((64, 2, 10), (256, 256, 1000), (512, 512, 10_000))  # N, D, C
MORE_ON_A_GPU = ((512, 512, 100_000),)
CONVOLUTION: tuple[tuple[int, ...], dict[str, Any]] = (
    (256, 14, 14, 32),
    {"out_channels": 64, "kernel": 5, "padding": 2},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="spent on each measurement"
    )
    arguments = parser.parse_args()
    devices.fair_environment()
    device = devices.find(arguments.device, arguments.threads)
    spent = arguments.seconds
    sizes = HEADS if device.name == "cpu" else HEADS + MORE_ON_A_GPU
    with device.limited():
        measured: dict[str, Any] = {
            "limits": limits(device, spent),
            "transfers": transfers(device, spent),
            "work": [
                *(head(device, size, spent) for size in sizes),
                convolution(device, spent),
            ],
        }
    measured["threads"] = device.threads
    out = written("roofline", device, measured, arguments.out)
    print(f"written to {out}")


def seconds(device: CPU | GPU, run: Callable[[], Any], spent: float) -> float:
    """Median time of `run`, over as many calls as fit."""
    run()
    device.wait()
    times: list[float] = []
    end = time.perf_counter() + spent
    while not times or time.perf_counter() < end:
        begin = device.clock()
        run()
        device.wait()
        times.append(device.clock() - begin)
    return statistics.median(times)


def limits(device: CPU | GPU, spent: float = SECONDS) -> dict[str, float]:
    """Bytes/s of memory, operations/s of products, seconds of a call on nothing."""
    xp = device.xp
    n, side = LARGE[device.name]
    found = {"bandwidth": bandwidth(device, n, spent)}
    for dtype in (
        "float64",
        "float32",
        *(("float16",) if device.name == "gpu" else ()),
    ):
        m = device.array(xp.ones((side, side), dtype=dtype))
        found[f"matrix_{dtype}"] = (
            2 * side**3 / seconds(device, partial(matmul, m, m), spent)
        )
    tiny = xp.ones(1, dtype=xp.float32)
    found["call"] = seconds(device, lambda: tiny + tiny, spent)
    print({key: f"{value:.3g}" for key, value in found.items()})
    return found


def bandwidth(device: CPU | GPU, n: int, spent: float) -> float:
    """Bytes/s of out = a + b on n numbers: two are read and one is written."""
    a, b, out = (device.xp.ones(n, dtype=device.xp.float32) for _ in range(3))
    return 3 * a.nbytes / seconds(device, lambda: device.xp.add(a, b, out=out), spent)


def transfers(device: CPU | GPU, spent: float = SECONDS) -> dict[str, float]:
    """Bytes/s between the host and the device, each way; nothing on a processor."""
    if device.name == "cpu":
        return {}
    import numpy as np

    host = np.ones(2**26, dtype=np.float32)
    there = device.array(host)
    return {
        "to_device": host.nbytes / seconds(device, lambda: device.array(host), spent),
        "to_host": host.nbytes / seconds(device, there.get, spent),
    }


def head_work(n: int, d: int, c: int) -> dict[str, int]:
    """Operations and bytes, forward plus backward, of a normalised head in float32.

    Operations: three matrix products. Bytes: each pass over an array that is too large
    for a cache. Over N x C: written by the product, then scaled (2), searched for its
    maximum (1), shifted (2), exponentiated (2), summed (1), scaled (2), read by two
    products (2). Over C x D: checked (1), measured (1), read by two products (2),
    written by the third (1), projected (3).
    """
    return {"operations": 6 * n * d * c, "bytes": 4 * (13 * n * c + 8 * c * d)}


def head(
    device: CPU | GPU, size: tuple[int, int, int], spent: float = SECONDS
) -> dict[str, Any]:
    """Work and time of ArcFace at a size (N, D, C)."""
    import numpy as np

    from mlcore.losses import ArcFaceLoss

    n, d, c = size
    rng = np.random.default_rng(0)
    x, w, g = (
        device.array(rng.standard_normal(shape, dtype=np.float32))
        for shape in ((n, d), (c, d), (n, c))
    )
    y = device.array(rng.integers(0, c, size=n))
    loss = ArcFaceLoss()

    def run():
        return loss.backward(loss.forward(x, w, y)[1])

    row = {
        "name": "arcface",
        "size": size,
        **head_work(n, d, c),
        "seconds": seconds(device, run, spent),
        "products": seconds(device, lambda: (x @ w.T, g @ w, g.T @ x), spent),
    }
    print(row)
    return row


def convolution_work(layer: "Conv2d", shape: tuple[int, ...]) -> dict[str, int]:
    """Operations and bytes, forward plus backward: three products; images in and out.

    A lower bound on the bytes: x and dout are read twice, out and dx written once.
    """
    n, *image = shape
    oh, ow, channels = layer.output_shape(tuple(image))
    kernel = layer.kernel[0] * layer.kernel[1] * layer.in_channels
    x, out = n * image[0] * image[1] * image[2], n * oh * ow * channels
    return {
        "operations": 6 * n * oh * ow * kernel * channels,
        "bytes": 4 * (3 * x + 3 * out),
    }


def convolution(device: CPU | GPU, spent: float = SECONDS) -> dict[str, Any]:
    """Work and time of `CONVOLUTION`."""
    import numpy as np

    from mlcore.layers import Conv2d

    shape, options = CONVOLUTION
    rng = np.random.default_rng(0)
    layer = Conv2d(shape[3], bias=False, **options)
    x = device.array(rng.standard_normal(shape, dtype=np.float32))
    w = device.array(layer.init(rng)[0])
    g = device.array(
        rng.standard_normal(
            (shape[0], *layer.output_shape(shape[1:])), dtype=np.float32
        )
    )
    work = convolution_work(layer, shape)
    rows, kernel = g.size // g.shape[-1], w.size // w.shape[0]
    patches = device.array(rng.standard_normal((rows, kernel), dtype=np.float32))
    flat_g, flat_w = g.reshape(rows, -1), w.reshape(w.shape[0], -1)

    def products():
        return patches @ flat_w.T, flat_g @ flat_w, flat_g.T @ patches

    row = {
        "name": "convolution",
        "size": [*shape, *w.shape],
        **work,
        "seconds": seconds(
            device, lambda: layer.backward(layer.forward(x, w)[1], g), spent
        ),
        "products": seconds(device, products, spent),
    }
    print(row)
    return row


if __name__ == "__main__":
    main()
