"""Scheme P2 in numpy: what a network that is being trained will be worth, and cost, as integers.

Post-training quantisation with one power-of-two step per output channel c: w-bit weights, Q = 2^(w-1) - 1,
activations 0..A, real steps s_in, s_out of what a layer reads and writes,

    e_c  = the largest e >= 0 with  round(max_k |W_ck| (s_in/s_out) 2^e) <= Q
    w_ck = round(W_ck (s_in/s_out) 2^e_c)      b_c = round(B_c/s_out 2^e_c)
    y_c  = clip(floor((sum_k w_ck x_k + b_c + 2^(e_c-1)) / 2^e_c), 0, A)

A circuit pays one constraint for each bit of the static bound of the sum, so the width of that bound is
what a trainer has to keep small; it is reported per layer. The last layer's sums are the answer.
"""

from dataclasses import dataclass

import numpy as np

BATCH = 1_000  # images in work at once: some 300 MB


@dataclass(frozen=True)
class Layer:
    """Convolution (`weights` O x I x K x K, stride 1) or dense (O x I), then ReLU, then maximum of `pool` x `pool`."""

    weights: np.ndarray
    bias: np.ndarray
    pad: int = 0
    pool: int = 1


@dataclass(frozen=True)
class IntegerLayer:
    weights: np.ndarray
    bias: np.ndarray
    shift: np.ndarray
    pad: int
    pool: int
    # Least n with -2^(n-1) <= sum < 2^(n-1) for every input in range, rounding term included; one per channel.
    widths: np.ndarray


def quantise(
    layers: list[Layer],
    calibration: np.ndarray,
    input_max: int,
    activation_bits: int,
    weight_bits: int,
    quantile: float,
) -> list[IntegerLayer]:
    """`calibration`: n x 1 x H x W integers 0..input_max, standing for 0..1. quantile 1 clips no activation seen."""
    top = 2**activation_bits - 1
    largest = 2 ** (weight_bits - 1) - 1
    real = calibration / input_max
    step, reach = 1 / input_max, input_max
    integer = []
    for layer in layers[:-1]:
        real = pooled(np.maximum(sums(real, layer.weights, layer.bias, layer.pad), 0), layer.pool)
        target = np.quantile(real, quantile) / top
        ratio = step / target
        peak = np.abs(layer.weights).reshape(len(layer.weights), -1).max(1) * ratio
        shift = np.maximum(np.floor(np.log2((largest + 0.5) / peak)), 0).astype(int)
        integer.append(rounded(layer, ratio, target, shift, reach))
        step, reach = target, top
    last = layers[-1]
    unit = np.abs(last.weights).max() / largest
    integer.append(rounded(last, 1 / unit, unit * step, np.zeros(len(last.bias), int), reach))
    return integer


def rounded(layer: Layer, ratio: float, target: float, shift: np.ndarray, reach: int) -> IntegerLayer:
    scale = 2.0**shift
    weights = np.rint(layer.weights * ratio * scale.reshape(-1, *[1] * (layer.weights.ndim - 1)))
    bias = np.rint(layer.bias / target * scale) + np.where(shift > 0, scale / 2, 0)
    rows = weights.reshape(len(weights), -1)
    greatest = np.maximum(rows, 0).sum(1) * reach + bias
    least = np.minimum(rows, 0).sum(1) * reach + bias
    widths = 1 + np.ceil(np.log2(np.maximum(np.maximum(greatest + 1, -least), 1))).astype(int)
    return IntegerLayer(weights, bias, shift, layer.pad, layer.pool, widths)


def infer(layers: list[IntegerLayer], images: np.ndarray, activation_bits: int) -> np.ndarray:
    """The last layer's sums, n x classes; float64 holds every sum exactly. `images`: n x 1 x H x W integers."""
    logits = []
    for start in range(0, len(images), BATCH):
        x = images[start : start + BATCH].astype(np.float64)
        for layer in layers[:-1]:
            acc = sums(x, layer.weights, layer.bias, layer.pad)
            scale = 2.0 ** layer.shift.reshape(1, -1, *[1] * (acc.ndim - 2))
            x = pooled(np.clip(np.floor(acc / scale), 0, 2**activation_bits - 1), layer.pool)
        logits.append(sums(x, layers[-1].weights, layers[-1].bias, 0))
    return np.concatenate(logits)


def sums(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, pad: int) -> np.ndarray:
    if weights.ndim == 2:
        return x.reshape(len(x), -1) @ weights.T + bias
    k = weights.shape[-1]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (2, 3))
    return np.einsum("nihwyx,oiyx->nohw", windows, weights, optimize=True) + bias[:, None, None]


def pooled(x: np.ndarray, pool: int) -> np.ndarray:
    if pool == 1:
        return x
    n, c, h, w = x.shape
    return x.reshape(n, c, h // pool, pool, w // pool, pool).max((3, 5))
