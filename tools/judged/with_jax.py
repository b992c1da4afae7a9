"""optax's losses, and Keras's on JAX."""

import os
from functools import wraps

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


def adapted(function):
    """``function(*arrays, **parameters)`` returns the mean loss; JAX the rest."""

    @wraps(function)
    def call(*arrays, **parameters):
        places = tuple(i for i, a in enumerate(arrays) if a.dtype.kind == "f")
        jaxed = [jnp.asarray(a) for a in arrays]
        loss, gradients = jax.value_and_grad(
            lambda *args: function(*args, **parameters), places
        )(*jaxed)
        return float(loss), tuple(gradients)

    return call


TABLE: list[tuple] = []

try:
    import optax

    def focal(z, t, gamma, alpha):
        return optax.sigmoid_focal_loss(z, t, alpha=alpha, gamma=gamma).mean()

    def cross_entropy(z, y):
        return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()

    def triplet(a, p, n):
        return optax.losses.triplet_margin_loss(a, p, n, margin=0.2).mean()

    def nt_xent(x1, x2, temperature):
        y = jnp.tile(jnp.arange(len(x1)), 2)
        return optax.losses.ntxent(jnp.concatenate([x1, x2]), y, temperature)

    TABLE += [
        ("optax", "sigmoid_focal_loss", "focal", adapted(focal), {}),
        (
            "optax",
            "softmax_cross_entropy_with_integer_labels",
            "cross-entropy",
            adapted(cross_entropy),
            {},
        ),
        ("optax", "triplet_margin_loss", "triplet", adapted(triplet), {}),
        ("optax", "ntxent", "nt-xent", adapted(nt_xent), {}),
    ]
except ImportError:
    pass

try:
    import keras

    def keras_binary(z, t, gamma, alpha):
        loss = keras.losses.BinaryFocalCrossentropy(
            apply_class_balancing=alpha is not None,
            alpha=0.25 if alpha is None else alpha,
            gamma=gamma,
            from_logits=True,
            dtype=z.dtype.name,
        )
        return loss(t.astype(z.dtype), z)

    def keras_categorical(z, y, gamma):
        loss = keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=gamma, from_logits=True, dtype=z.dtype.name
        )
        return loss(jax.nn.one_hot(y, z.shape[1], dtype=z.dtype), z)

    def keras_cross_entropy(z, y):
        loss = keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, dtype=z.dtype.name
        )
        return loss(y, z)

    def keras_circle(x, y, m, gamma):
        unit = x / jnp.linalg.norm(x, axis=1, keepdims=True)
        return keras.losses.Circle(gamma=gamma, margin=m, dtype=x.dtype.name)(y, unit)

    TABLE += [
        ("keras", "BinaryFocalCrossentropy", "focal", adapted(keras_binary), {}),
        (
            "keras",
            "CategoricalFocalCrossentropy",
            "softmax-focal",
            adapted(keras_categorical),
            {},
        ),
        (
            "keras",
            "SparseCategoricalCrossentropy",
            "cross-entropy",
            adapted(keras_cross_entropy),
            {},
        ),
        ("keras", "Circle", "circle", adapted(keras_circle), {"scope": "anchor"}),
    ]
except ImportError:
    pass
