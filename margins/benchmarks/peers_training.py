"""The training of `mlcore.train.fit` as PyTorch users write it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from margins.benchmarks.peers import arcface
from mlcore import layers
from mlcore.datasets import Dataset
from mlcore.layers import Sequential
from mlcore.layers.initial import he_normal
from mlcore.train import default_optimiser

LAYOUTS = {
    "torch": torch.contiguous_format,
    "torch, channels last": torch.channels_last,
}


def trainings(
    network: str, data: Dataset, batch: int
) -> dict[str, Callable[[], tuple[float, float]]]:
    """An epoch in each memory layout: its loss, and the test accuracy."""

    def training(layout):
        return lambda: train(getattr(layers, network)(), data, batch, layout)

    return {name: training(layout) for name, layout in LAYOUTS.items()}


def train(net: Sequential, data: Dataset, batch: int, layout: Any):
    """As `fit` with seed 0: the same weights, batches, rates and bound."""
    model, n = model_of(net).to(memory_format=layout), len(data.train)
    rng = np.random.default_rng(0)
    features = net.params[-1][0].shape[0]
    classes = int(data.train.labels.max()) + 1
    w = nn.Parameter(torch.from_numpy(he_normal(rng, (classes, features), features)))
    order = rng.permutation(n)
    settings = default_optimiser(-(-n // batch))
    parameters = [*model.parameters(), w]
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2]},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.SGD(
        groups, 0.0, settings.momentum, weight_decay=settings.weight_decay
    )
    model.train()
    total = 0.0
    for step, start in enumerate(range(0, n, batch), 1):
        chosen = order[start : start + batch]
        for group in optimiser.param_groups:
            group["lr"] = settings.rate(step)
        optimiser.zero_grad()
        x = to_model(data.train.images[chosen], layout)
        loss = arcface(model(x), w, torch.from_numpy(data.train.labels[chosen]))
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
        optimiser.step()
        total += loss.item() * len(chosen)
    model.eval()
    accuracies = [accuracy(model, w, part, layout) for part in (data.train, data.test)]
    return total / n, accuracies[-1]


def to_model(images: np.ndarray, layout: Any) -> Tensor:
    """Bytes (N, H, W, C) as images of PyTorch, (N, C, H, W) in [0, 1]."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return x.contiguous(memory_format=layout)


def accuracy(model: nn.Module, w: Tensor, split: Any, layout: Any) -> float:
    """Share of a split that is nearest to its own class."""
    right = 0
    with torch.no_grad():
        directions = nn.functional.normalize(w)
        for i in range(0, len(split), 512):
            x = to_model(split.images[i : i + 512], layout)
            found = (model(x) @ directions.T).argmax(dim=1)
            right += int((found == torch.from_numpy(split.labels[i : i + 512])).sum())
    return right / len(split)


def model_of(net: Sequential) -> nn.Module:
    """PyTorch's network with the layers and weights of ours."""
    modules: list[nn.Module] = []
    shape: Any = net.input_shape
    image = shape
    for layer, params in zip(net.layers, net.params, strict=True):
        tensors = [torch.tensor(p) for p in params]
        module: nn.Module
        match layer:
            case layers.Conv2d():
                sizes = layer.in_channels, layer.out_channels, layer.kernel
                module = nn.Conv2d(*sizes, layer.stride, layer.padding, bias=layer.bias)
                tensors[0] = tensors[0].permute(0, 3, 1, 2)
            case layers.BatchNorm():
                module = nn.BatchNorm2d(layer.channels, layer.eps, layer.momentum)
            case layers.PReLU():
                module = nn.PReLU(layer.channels)
            case layers.MaxPool2d():
                module = nn.MaxPool2d(layer.kernel, layer.stride)
            case layers.Flatten():
                module, image = nn.Flatten(), shape
            case layers.Linear():
                # Ours counts the pixels of an image channel by channel last.
                module = nn.Linear(layer.in_features, layer.out_features)
                rows = tensors[0].reshape(-1, *image).permute(0, 3, 1, 2)
                tensors[0] = rows.reshape(layer.out_features, -1)
            case _:
                raise TypeError(f"{layer} has no peer here")
        with torch.no_grad():
            for parameter, tensor in zip(module.parameters(), tensors, strict=True):
                parameter.copy_(tensor)
        modules.append(module)
        shape = layer.output_shape(shape)
    return nn.Sequential(*modules)
