"""Trains the zoo's `digits-cnn` with jax on scikit-learn's 8 x 8 digits and writes it as PyTorch exports it,
with its batch normalisations unfolded (Ioffe and Szegedy 2015, arXiv 1502.03167) and one residual (He et
al. 2015, arXiv 1512.03385):

    8@3x3, bn, relu -> 8@3x3, bn, + skip, relu -> average of 2x2 -> 16@3x3 stride 2, bn, relu -> 10

Writes float.onnx and data.npz: `calibration` and `test` (float32, samples x 64, pixels 0 to 16) with
`calibration_labels` and `test_labels` (int64). `calibration` is all that it was trained on.

Seeded: the same machine and versions give the same files.

    python train_digits_cnn.py --out ../zoo/digits-cnn
"""

import argparse
import pathlib

import adamw
import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
from onnx import ModelProto
from onnx_export import Export
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SIDE = 8
DEEPEST = 16  # the largest pixel
CLASSES = 10
FILTERS = {"conv1": (8, 1, 3, 3), "conv2": (8, 8, 3, 3), "conv3": (16, 8, 3, 3)}
EPSILON = 1e-5
MOMENTUM = 0.1  # of the running mean and variance, as in PyTorch

HELD_OUT = 0.3
BATCH = 64
PEAK_LEARNING_RATE = 5e-3
MAX_SHIFT = 1  # pixels, of a training image, either way


def initial(rng: np.random.Generator) -> tuple[dict, dict]:
    """Parameters, and the running mean and variance of each normalisation."""
    parameters, running = {}, {}
    for name, shape in FILTERS.items():
        inputs = np.prod(shape[1:]) * (DEEPEST**2 if name == "conv1" else 1)
        parameters[name] = {
            "weight": jnp.asarray(rng.normal(0, np.sqrt(2 / inputs), shape), jnp.float32),
            "scale": jnp.ones(shape[0]),
            "shift": jnp.zeros(shape[0]),
        }
        running[name] = {"mean": jnp.zeros(shape[0]), "variance": jnp.ones(shape[0])}
    features = FILTERS["conv3"][0] * (SIDE // 4) ** 2
    parameters["fc"] = {
        "weight": jnp.asarray(rng.normal(0, np.sqrt(1 / features), (CLASSES, features)), jnp.float32),
        "bias": jnp.zeros(CLASSES),
    }
    return parameters, running


def forward(parameters: dict, running: dict, x: jax.Array) -> tuple[jax.Array, dict]:
    """Logits by the statistics of the batch, and these mixed into the running ones. x: n x 1 x 8 x 8."""
    mixed = {}

    def normalised(x: jax.Array, name: str, stride: int = 1) -> jax.Array:
        part = parameters[name]
        x = jax.lax.conv_general_dilated(
            x, part["weight"], (stride, stride), ((1, 1), (1, 1)), dimension_numbers=("NCHW", "OIHW", "NCHW")
        )
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        mixed[name] = jax.tree.map(
            lambda old, seen: (1 - MOMENTUM) * old + MOMENTUM * seen,
            running[name],
            {"mean": mean, "variance": variance},
        )
        factor = part["scale"] / jnp.sqrt(variance + EPSILON)
        return (x - mean[:, None, None]) * factor[:, None, None] + part["shift"][:, None, None]

    skip = jax.nn.relu(normalised(x, "conv1"))
    x = jax.nn.relu(normalised(skip, "conv2") + skip)
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5))
    x = jax.nn.relu(normalised(x, "conv3", stride=2)).reshape(n, -1)
    return x @ parameters["fc"]["weight"].T + parameters["fc"]["bias"], mixed


def loss(parameters: dict, running: dict, x: jax.Array, labels: jax.Array) -> tuple[jax.Array, dict]:
    logits, mixed = forward(parameters, running, x)
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean(), mixed


@jax.jit
def advance(parameters, running, moments, x, labels, rate, count):
    gradient, running = jax.grad(loss, has_aux=True)(parameters, running, x, labels)
    return *adamw.step(parameters, moments, gradient, rate, count), running


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image moved by its own number of pixels, black where it moved away from."""
    m = MAX_SHIFT
    padded = np.pad(images, ((0, 0), (0, 0), (m, m), (m, m)))
    rows, columns = rng.integers(0, 2 * m + 1, (2, len(images), 1, 1))
    grid = np.arange(SIDE)
    return padded[np.arange(len(images))[:, None, None], 0, rows + grid[:, None], columns + grid][:, None]


def train(images: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> tuple[dict, dict]:
    rng = np.random.default_rng(seed)
    parameters, running = initial(rng)
    moments, count = adamw.start(parameters), 0
    starts = range(0, len(images) - BATCH + 1, BATCH)
    for _ in range(epochs):
        order, x = rng.permutation(len(images)), shifted(images, rng)
        for start in starts:
            count += 1
            rate = adamw.cosine(PEAK_LEARNING_RATE, count, epochs * len(starts))
            chosen = order[start : start + BATCH]
            parameters, moments, running = advance(
                parameters, running, moments, x[chosen], labels[chosen], rate, float(count)
            )
    return parameters, running


def to_onnx(parameters: dict, running: dict) -> ModelProto:
    export = Export("digits-cnn", [1, SIDE, SIDE])

    def normalised(index: int, stride: int = 1) -> None:
        part, seen = parameters[f"conv{index}"], running[f"conv{index}"]
        export.conv(f"conv{index}", {"weight": part["weight"]}, 1, stride)
        tensors = {
            "weight": part["scale"],
            "bias": part["shift"],
            "running_mean": seen["mean"],
            "running_var": seen["variance"],
        }
        export.add("BatchNormalization", f"bn{index}", tensors, epsilon=EPSILON, momentum=1 - MOMENTUM)

    normalised(1)
    skip = export.add("Relu", "relu1")
    normalised(2)
    export.add("Add", "residual", other=skip)
    export.add("Relu", "relu2")
    export.add("AveragePool", "pool", kernel_shape=[2, 2], pads=[0] * 4, strides=[2, 2], count_include_pad=1)
    normalised(3, stride=2)
    export.add("Relu", "relu3")
    export.add("Flatten", "flatten", axis=1)
    export.dense("fc", parameters["fc"]["weight"], parameters["fc"]["bias"])
    return export.model("logits", [CLASSES])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write to")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    source = load_digits()
    calibration, test, calibration_labels, test_labels = train_test_split(
        source.data.astype(np.float32),
        source.target.astype(np.int64),
        test_size=HELD_OUT,
        stratify=source.target,
        random_state=options.seed,
    )
    images = calibration.reshape(-1, 1, SIDE, SIDE)
    parameters, running = train(images, calibration_labels.astype(np.int32), options.epochs, options.seed)
    model = to_onnx(parameters, running).SerializeToString()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "float.onnx").write_bytes(model)
    np.savez_compressed(
        options.out / "data.npz",
        calibration=calibration,
        calibration_labels=calibration_labels,
        test=test,
        test_labels=test_labels,
    )

    session = onnxruntime.InferenceSession(model)
    for split, samples, labels in (("trained on", calibration, calibration_labels), ("held out", test, test_labels)):
        (logits,) = session.run(None, {"input": samples.reshape(-1, 1, SIDE, SIDE)})
        right = int((logits.argmax(1) == labels).sum())
        print(f"{right} of {len(labels)} {split} right ({right / len(labels):.4f})")


if __name__ == "__main__":
    main()
