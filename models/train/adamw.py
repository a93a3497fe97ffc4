"""AdamW for any tree of jax arrays, with the usual constants, and its cosine schedule.

Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2.
"""

import math

import jax
import jax.numpy as jnp

WEIGHT_DECAY = 1e-4


def start(parameters):
    """First and second moments before the first step."""
    zero = jax.tree.map(jnp.zeros_like, parameters)
    return zero, zero


def step(parameters, moments, gradient, rate, count):
    """`count` is 1 in the first step."""
    tree = jax.tree.map
    first = tree(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradient)
    second = tree(lambda v, g: 0.999 * v + 0.001 * g * g, moments[1], gradient)
    first_share, second_share = 1 - 0.9**count, 1 - 0.999**count
    parameters = tree(
        lambda p, m, v: p * (1 - rate * WEIGHT_DECAY) - rate * (m / first_share) / (jnp.sqrt(v / second_share) + 1e-8),
        parameters,
        first,
        second,
    )
    return parameters, (first, second)


def cosine(peak: float, count: int, total: int) -> float:
    return peak * 0.5 * (1 + math.cos(math.pi * count / total))
