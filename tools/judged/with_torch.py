"""A loss of PyTorch tensors as the judge calls it."""

from functools import wraps

import torch


def adapted(function, held=0):
    """``function(*tensors, **parameters)`` returns the mean loss; autograd the rest.

    The last `held` arrays have no gradient: running values.
    """

    @wraps(function)
    def call(*arrays, **parameters):
        tensors = [torch.tensor(a) for a in arrays]
        free = tensors[: len(tensors) - held]
        inputs = [t.requires_grad_() for t in free if t.is_floating_point()]
        loss = function(*tensors, **parameters)
        gradients = torch.autograd.grad(loss, inputs)
        return loss.item(), tuple(g.numpy() for g in gradients)

    return call
