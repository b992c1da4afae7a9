"""Convolutions and pooling beside PyTorch's, on layers of MNIST's size.

    python -m margins.benchmarks.conv [--device cpu|gpu] [--threads 1 2] [--out FILE]

``make bench`` runs it too. Measured are forward plus backward. The contenders of a
layer take turns, and quoted are medians of the ratios within a turn, as in
`margins.benchmarks.heads`. PyTorch runs in both of its memory layouts: (N, C, H,
W), which is what one gets unasked, and channels last, which is how `mlcore` keeps
images; on a GPU also compiled. Without it our layers are measured alone.

Everything is measured on one thread, in CPU time, which does not count what others do
on the machine; and by the clock on the wall on all threads. The file is written after
each layer: what a measurement that is cut off had measured stays.
"""

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from margins.benchmarks.heads import has_torch
from margins.benchmarks.report import command
from margins.benchmarks.turns import interleaved, ratios
from margins.device import CPU, GPU

# As arguments: images (N, H, W, C), and the layer. The first layer of a network has no
# use for the gradient of its images, so neither side computes it where there is one
# channel.
CONVOLUTIONS: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((64, 28, 28, 1), {"out_channels": 16, "kernel": 5, "stride": 2, "padding": 2}),
    ((64, 14, 14, 16), {"out_channels": 32, "kernel": 5, "stride": 2, "padding": 2}),
    ((64, 28, 28, 1), {"out_channels": 32, "kernel": 5, "padding": 2}),
    ((64, 14, 14, 32), {"out_channels": 64, "kernel": 5, "padding": 2}),
    ((64, 28, 28, 64), {"out_channels": 64, "kernel": 3, "padding": 1}),
)
POOLINGS: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((64, 28, 28, 32), {"kernel": 2}),
    ((64, 28, 28, 64), {"kernel": 2}),
)
TURNS, CALLS = 25, 2
#: What our layers are measured beside, and how a table calls it.
PEERS = {
    "torch": "torch",
    "torch, channels last": "last",
    "torch, compiled": "compiled",
}
#: Forward and backward of each contender, by name.
Runs = dict[str, Callable[[], Any]]
#: Name, contenders, bytes of what is given, and of all inputs, outputs and gradients.
Case = tuple[str, Runs, int, int]


def measure_all(device: CPU | GPU, small: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of all layers, or the first of each kind; prints them as it goes."""
    if has_torch(device):
        import torch

        torch.set_num_threads(device.threads or 1)
    titles = "".join(f"{'/ ' + title:>9}" for title in PEERS.values())
    print(
        f"\n{f'threads: {device.threads}':34} {'ms':>7}{titles} {'MB':>6} {'memory':>7}"
    )
    with device.limited():
        for make, cases in ((convolution, CONVOLUTIONS), (pooling, POOLINGS)):
            for case in cases[:1] if small else cases:
                name, runs, given, wanted = make(*case, device)
                yield {
                    "layer": name,
                    "threads": device.threads,
                    **measure(device, name, runs, given, wanted),
                }


def convolution(
    shape: tuple[int, ...], options: dict[str, Any], device: CPU | GPU
) -> Case:
    """A convolution beside PyTorch's."""
    import numpy as np

    from mlcore.layers import Conv2d

    rng = np.random.default_rng(0)
    layer = Conv2d(shape[3], bias=False, **options)
    first = shape[3] == 1
    inputs = rng.standard_normal(shape, dtype=np.float32), *layer.init(rng)
    upstream = rng.standard_normal(
        (shape[0], *layer.output_shape(shape[1:])), dtype=np.float32
    )
    x, w, g = map(device.array, (*inputs, upstream))

    def ours():
        _, saved = layer.forward(x, w)
        return (layer.backward_params if first else layer.backward)(saved, g)

    def theirs(x, w):
        import torch.nn.functional as F

        return F.conv2d(x, w, stride=layer.stride, padding=layer.padding)

    wanted = (1 if first else 2) * x.nbytes + 2 * w.nbytes + 2 * g.nbytes
    needed = not first, True
    runs: Runs = {"mlcore": ours, **peers(theirs, inputs, upstream, needed, device)}
    name = f"{size(shape)} to {size(g.shape)}, {size(layer.kernel)}"
    return name, runs, x.nbytes + w.nbytes + g.nbytes, wanted


def pooling(shape: tuple[int, ...], options: dict[str, Any], device: CPU | GPU) -> Case:
    """A pooling beside PyTorch's."""
    import numpy as np

    from mlcore.layers import MaxPool2d

    rng = np.random.default_rng(0)
    layer = MaxPool2d(**options)
    image = rng.standard_normal(shape, dtype=np.float32)
    upstream = rng.standard_normal(
        (shape[0], *layer.output_shape(shape[1:])), dtype=np.float32
    )
    x, g = map(device.array, (image, upstream))

    def ours():
        return layer.backward(layer.forward(x)[1], g)

    def theirs(x):
        import torch.nn.functional as F

        return F.max_pool2d(x, layer.kernel, layer.stride)

    runs = {"mlcore": ours, **peers(theirs, (image,), upstream, (True,), device)}
    name = f"{size(shape)} to {size(g.shape)}, maximum"
    return name, runs, x.nbytes + g.nbytes, 2 * (x.nbytes + g.nbytes)


def size(shape: tuple[int, ...]) -> str:
    """Without the batch: "28x28x1"; of a kernel "5x5"."""
    return "x".join(map(str, shape[-3:]))


def peers(
    function: Callable[..., Any],
    inputs: tuple[Any, ...],
    g: Any,
    needs_gradient: tuple[bool, ...],
    device: CPU | GPU,
) -> Runs:
    """PyTorch's forward and backward of `function` in both layouts, on copies.

    Nothing where PyTorch is not installed.
    """
    if not has_torch(device):
        return {}
    import torch

    place = "cpu" if device.name == "cpu" else "cuda"

    def peer(layout, function=function):
        def moved(array):
            tensor = torch.tensor(array, device=place).permute(0, 3, 1, 2)
            return tensor.contiguous(memory_format=layout)

        tensors = [
            moved(array).requires_grad_(needed)
            for array, needed in zip(inputs, needs_gradient, strict=True)
        ]
        upstream = moved(g)

        def run():
            for tensor in tensors:
                tensor.grad = None
            function(*tensors).backward(upstream)
            return [tensor.grad for tensor in tensors]

        return run

    runs = {
        "torch": peer(torch.contiguous_format),
        "torch, channels last": peer(torch.channels_last),
    }
    if device.name == "gpu":
        compiled = torch.compile(function)
        runs["torch, compiled"] = peer(torch.channels_last, compiled)
    return runs


def measure(
    device: CPU | GPU, name: str, runs: Runs, given: int, wanted: int
) -> dict[str, Any]:
    """Times, ratios and memory of one layer; prints them."""
    check_agreement(runs)
    times = interleaved(runs, TURNS, CALLS, device)
    ratio = ratios(times)
    most = device.peak(runs["mlcore"])
    row: dict[str, Any] = {
        "clock": device.clock.__name__,
        "turns": TURNS,
        "calls": CALLS,
        "milliseconds": {
            key: 1e3 * statistics.median(value) for key, value in times.items()
        },
        "ratio_to": ratio,
        "peak_megabytes": most / 1e6,
        "memory_ratio": (most + given) / wanted,
    }
    shown = "".join(
        f"{ratio[peer]:9.2f}" if peer in ratio else f"{'':>9}" for peer in PEERS
    )
    print(
        f"{name:34} {row['milliseconds']['mlcore']:7.2f}{shown} {most / 1e6:6.1f}"
        f" {row['memory_ratio']:7.2f}",
        flush=True,
    )
    return row


def check_agreement(runs: Runs) -> None:
    """Refuse to measure a fast wrong answer: the last gradient must be PyTorch's.

    Raises
    ------
    AssertionError
    """
    import numpy as np

    from mlcore.arrays import to_numpy

    ours = to_numpy(runs["mlcore"]()[-1])
    for name, run in runs.items():
        if name != "mlcore":
            theirs = run()[-1].permute(0, 2, 3, 1).cpu().numpy()
            # float32 sums of tens of thousands of terms, in another order
            np.testing.assert_allclose(
                ours, theirs, rtol=1e-3, atol=1e-3 * abs(theirs).max()
            )


if __name__ == "__main__":
    command("conv", __doc__ or "", measure_all, "two small layers, to see that it runs")
