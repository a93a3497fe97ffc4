"""Trains the zoo's models of tables with scikit-learn, on the data sets its package carries, and exports
them with skl2onnx node for node as it writes them: scaler, ZipMap, label and all.

Writes float.onnx and data.npz: `calibration` and `test` (float32, samples x features, not scaled) with
`calibration_labels` and `test_labels` (int64), so that the model can be quantised and evaluated without
Python. `calibration` is all that the model was trained on; `test` was held out. Where a strength of
regularisation is not scikit-learn's own, cross-validation inside `calibration` chose it.

Seeded: the same machine and versions give the same files.

    python train_tabular.py --model iris-mlp --out ../zoo/iris-mlp
"""

import argparse
import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import Bunch

SEED = 1
HELD_OUT = 0.3


@dataclass(frozen=True)
class Recipe:
    load: Callable[[], Bunch]
    estimator: ClassifierMixin


def scaled(classifier: ClassifierMixin) -> ClassifierMixin:
    return make_pipeline(StandardScaler(), classifier)


def perceptron(*hidden: int) -> ClassifierMixin:
    # lbfgs: a hundred samples are one batch.
    return scaled(MLPClassifier(hidden, solver="lbfgs", alpha=1.0, max_iter=2_000, random_state=SEED))


RECIPES = {
    "iris-mlp": Recipe(load_iris, perceptron(16)),
    "wine-mlp": Recipe(load_wine, perceptron(16, 8)),
    "breast-cancer-linear": Recipe(load_breast_cancer, scaled(LogisticRegression())),
    # Not LinearSVC, which is exported as a LinearClassifier like the one above.
    "breast-cancer-svm": Recipe(load_breast_cancer, scaled(SVC(kernel="linear", C=0.1))),
    "breast-cancer-forest": Recipe(
        load_breast_cancer, RandomForestClassifier(10, max_depth=5, random_state=SEED)
    ),
    "breast-cancer-boosted": Recipe(
        load_breast_cancer, GradientBoostingClassifier(n_estimators=20, max_depth=3, random_state=SEED)
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=RECIPES, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write to")
    options = parser.parse_args()

    recipe = RECIPES[options.model]
    source = recipe.load()
    # The exported model reads float32, so it is trained on the same rounded numbers.
    calibration, test, calibration_labels, test_labels = train_test_split(
        source.data.astype(np.float32),
        source.target.astype(np.int64),
        test_size=HELD_OUT,
        stratify=source.target,
        random_state=SEED,
    )
    recipe.estimator.fit(calibration, calibration_labels)
    exported = to_onnx(recipe.estimator, calibration[:1], name=options.model)
    # skl2onnx writes its domains in the order of a Python set, which changes from run to run.
    exported.opset_import.sort(key=lambda opset: opset.domain)
    model = exported.SerializeToString()

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
        right = int((session.run(["output_label"], {"X": samples})[0] == labels).sum())
        print(f"{options.model}: {right} of {len(labels)} {split} right ({right / len(labels):.4f})")


if __name__ == "__main__":
    main()
