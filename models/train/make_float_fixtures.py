"""Makes models/float/fixtures/: small files as scikit-learn's and XGBoost's exporters write them, with the answers of the
libraries that trained them, so that the reader of ONNX is checked against where a model comes from and not only against
another reader of the file. Two more are written by hand in the manner of PyTorch and Keras: shapes computed from shapes, and
pictures that are transposed from channels last.

    python make_float_fixtures.py --out ../float/fixtures

Needs requirements.txt and onnxmltools==1.16.0, xgboost-cpu==3.2.0, packaging besides.
"""

import argparse
import json
import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier

ROWS = 5


def probabilities(model, x):
    return model.predict_proba(x)


def decisions(model, x):
    scores = model.decision_function(x)
    return scores if scores.ndim == 2 else np.stack([-scores, scores], axis=1)


def predictions(model, x):
    return model.predict(x).reshape(len(x), -1)


def classifiers():
    iris, cancer = load_iris(), load_breast_cancer()
    three = iris.data.astype(np.float32), iris.target
    named = three[0], iris.target_names[iris.target]
    two = cancer.data[:, :10].astype(np.float32), cancer.target
    mlp = {"hidden_layer_sizes": (8,), "max_iter": 300, "random_state": 0}
    forest = {"n_estimators": 5, "max_depth": 3, "random_state": 0}
    boosted = {"n_estimators": 4, "max_depth": 2, "random_state": 0}
    zip_map = {"zipmap": True}
    plain = {"zipmap": False}
    yield "standard-mlp", make_pipeline(StandardScaler(), MLPClassifier(**mlp)), three, probabilities, "softmax", zip_map
    yield "minmax-mlp-two", make_pipeline(MinMaxScaler(), MLPClassifier(**mlp)), two, probabilities, "logistic", plain
    yield "mlp-names", make_pipeline(StandardScaler(), MLPClassifier(**mlp)), named, probabilities, "softmax", zip_map
    yield "logistic", make_pipeline(StandardScaler(), LogisticRegression()), three, probabilities, "softmax", zip_map
    yield "logistic-two", make_pipeline(StandardScaler(), LogisticRegression()), two, probabilities, "logistic", zip_map
    yield "logistic-names", LogisticRegression(max_iter=1000), named, probabilities, "softmax", plain
    yield "linear-svc", make_pipeline(StandardScaler(), LinearSVC()), three, decisions, "none", plain
    yield "linear-svc-two", make_pipeline(StandardScaler(), LinearSVC()), two, decisions, "none", plain
    yield "sgd-hinge", make_pipeline(StandardScaler(), SGDClassifier(random_state=0)), three, decisions, "none", plain
    yield "svc", make_pipeline(StandardScaler(), SVC(kernel="linear")), three, decisions, "none", zip_map
    yield "svc-two", make_pipeline(StandardScaler(), SVC(kernel="linear", C=0.05)), two, decisions, "none", zip_map
    yield "tree", DecisionTreeClassifier(max_depth=3, random_state=0), three, probabilities, "none", zip_map
    yield "forest", RandomForestClassifier(**forest), three, probabilities, "none", zip_map
    yield "forest-two", RandomForestClassifier(**forest), two, probabilities, "none", plain
    yield "forest-names", RandomForestClassifier(**forest), named, probabilities, "none", zip_map
    yield "boosted", GradientBoostingClassifier(**boosted), three, probabilities, "softmax", zip_map
    yield "boosted-two", GradientBoostingClassifier(**boosted), two, probabilities, "logistic", zip_map


def regressors():
    diabetes = load_diabetes()
    data = (diabetes.data * 20).astype(np.float32), diabetes.target
    both = data[0], np.stack([data[1], data[1] ** 0.5], axis=1)
    yield "linear-regression", make_pipeline(StandardScaler(), LinearRegression()), data
    yield "linear-two-targets", LinearRegression(), both
    yield "mlp-regressor", MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", max_iter=400, random_state=0), data
    yield "svr", make_pipeline(StandardScaler(), SVR(kernel="linear", epsilon=40)), data
    yield "forest-regressor", RandomForestRegressor(5, max_depth=3, random_state=0), data
    yield "forest-two-targets", RandomForestRegressor(5, max_depth=3, random_state=0), both
    yield "boosted-regressor", GradientBoostingRegressor(n_estimators=8, max_depth=2, random_state=0), data


def from_xgboost():
    import xgboost
    from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

    update_registered_converter(
        xgboost.XGBClassifier,
        "XGBoostXGBClassifier",
        calculate_linear_classifier_output_shapes,
        convert_xgboost,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )
    iris, cancer = load_iris(), load_breast_cancer()
    three = iris.data.astype(np.float32), iris.target
    two = cancer.data[:, :10].astype(np.float32), cancer.target
    shape = {"n_estimators": 5, "max_depth": 3, "random_state": 0}
    yield "xgboost", xgboost.XGBClassifier(**shape), three, probabilities, "softmax", {"zipmap": True}
    yield "xgboost-two", xgboost.XGBClassifier(**shape), two, probabilities, "logistic", {"zipmap": False}


def xgboost_regressor():
    import xgboost
    from onnxmltools.convert import convert_xgboost

    diabetes = load_diabetes()
    data = (diabetes.data * 20).astype(np.float32)
    model = xgboost.XGBRegressor(n_estimators=5, max_depth=3, random_state=0).fit(data, diabetes.target)
    return model, convert_xgboost(model, initial_types=[("X", FloatTensorType([None, 10]))]), data


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def pytorch_like(rng):
    """Shape, Gather, Unsqueeze and Concat lead to a Reshape, as in view(x.size(0), -1)."""
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["/conv/out"], "/conv/Conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1], dilations=[1, 1], group=1),
        node("BatchNormalization", ["/conv/out", "g", "be", "mu", "va"], ["/bn/out"], "/bn/BatchNormalization"),
        node("Relu", ["/bn/out"], ["/relu/out"], "/relu/Relu"),
        node("MaxPool", ["/relu/out"], ["/pool/out"], "/pool/MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=0),
        node("Shape", ["/pool/out"], ["/shape"], "/Shape"),
        node("Constant", [], ["/zero"], "/Constant", value=constant("", 0, np.int64)),
        node("Gather", ["/shape", "/zero"], ["/batch"], "/Gather", axis=0),
        node("Constant", [], ["/axes"], "/Constant_1", value=constant("", [0], np.int64)),
        node("Unsqueeze", ["/batch", "/axes"], ["/batch1"], "/Unsqueeze"),
        node("Constant", [], ["/rest"], "/Constant_2", value=constant("", [-1], np.int64)),
        node("Concat", ["/batch1", "/rest"], ["/target"], "/Concat", axis=0),
        node("Reshape", ["/pool/out", "/target"], ["/flat"], "/Reshape", allowzero=0),
        node("Gemm", ["/flat", "w2", "b2"], ["/fc/out"], "/fc/Gemm", alpha=1.0, beta=1.0, transB=1),
        node("Div", ["/fc/out", "root2"], ["/div"], "/gelu/Div"),
        node("Erf", ["/div"], ["/erf"], "/gelu/Erf"),
        node("Add", ["/erf", "one"], ["/add"], "/gelu/Add"),
        node("Mul", ["/fc/out", "/add"], ["/mul"], "/gelu/Mul"),
        node("Mul", ["/mul", "half"], ["/gelu"], "/gelu/Mul_1"),
        node("Gemm", ["/gelu", "w3", "b3"], ["logits"], "/head/Gemm", transB=1),
    ]
    draw = lambda *shape: rng.normal(0, 0.4, shape).astype(np.float32)
    weights = [
        constant("w1", draw(3, 1, 3, 3)), constant("b1", draw(3)), constant("g", 1 + draw(3)),
        constant("be", draw(3)), constant("mu", draw(3)), constant("va", np.abs(draw(3)) + 0.5),
        constant("w2", draw(8, 48)), constant("b2", draw(8)), constant("root2", 2**0.5),
        constant("one", 1), constant("half", 0.5), constant("w3", draw(4, 8)), constant("b3", draw(4)),
    ]  # fmt: skip
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 1, 8, 8])
    y = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 4])
    return helper.make_graph(nodes, "main_graph", [x], [y], weights), {"x": [1, 1, 8, 8]}


def keras_like(rng):
    """Channels last outside, channels first inside; SAME padding; a final Softmax."""
    node = helper.make_node
    nodes = [
        node("Transpose", ["image"], ["t"], "seq/conv/Conv2D__6", perm=[0, 3, 1, 2]),
        node("Conv", ["t", "k"], ["c"], "seq/conv/Conv2D", auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3], group=1, dilations=[1, 1]),
        node("Add", ["c", "b"], ["cb"], "seq/conv/BiasAdd"),
        node("Relu", ["cb"], ["r"], "seq/conv/Relu"),
        node("Conv", ["r", "d"], ["dw"], "seq/depthwise", auto_pad="SAME_UPPER", strides=[1, 1], kernel_shape=[3, 3], group=4),
        node("Clip", ["dw", "zero", "six"], ["r6"], "seq/Relu6"),
        node("GlobalAveragePool", ["r6"], ["gap"], "seq/Mean"),
        node("Squeeze", ["gap", "spatial"], ["sq"], "seq/Mean__squeeze"),
        node("Shape", ["sq"], ["s"], "seq/flatten/Shape"),
        node("Slice", ["s", "i0", "i1", "i0"], ["n"], "seq/flatten/strided_slice"),
        node("Concat", ["n", "minus"], ["to"], "seq/flatten/concat", axis=0),
        node("Reshape", ["sq", "to"], ["f"], "seq/flatten/Reshape"),
        node("MatMul", ["f", "w"], ["m"], "seq/dense/MatMul"),
        node("Add", ["m", "wb"], ["a"], "seq/dense/BiasAdd"),
        node("Softmax", ["a"], ["probabilities"], "seq/dense/Softmax", axis=-1),
    ]
    draw = lambda *shape: rng.normal(0, 0.5, shape).astype(np.float32)
    weights = [
        constant("k", draw(4, 2, 3, 3)), constant("b", draw(1, 4, 1, 1)), constant("d", draw(4, 1, 3, 3)),
        constant("zero", 0), constant("six", 6), constant("spatial", [2, 3], np.int64),
        constant("i0", [0], np.int64), constant("i1", [1], np.int64), constant("minus", [-1], np.int64),
        constant("w", draw(4, 3)), constant("wb", draw(3)),
    ]  # fmt: skip
    x = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["unk__1", 7, 7, 2])
    y = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["unk__2", 3])
    return helper.make_graph(nodes, "tf2onnx", [x], [y], weights), {"image": [1, 7, 7, 2]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    out = parser.parse_args().out
    expected = {}

    def write(name, model, x, scores, transform, labels):
        (out / f"{name}.onnx").write_bytes(model.SerializeToString())
        expected[name] = {
            "transform": transform,
            # The shortest decimals that are these float32 again.
            "rows": [[float(str(value)) for value in row] for row in x.astype(np.float32)],
            "scores": np.round(np.asarray(scores, np.float64), 6).tolist(),
            "labels": [str(label) for label in labels],
        }

    for name, model, (x, y), ask, transform, options in [*classifiers(), *from_xgboost()]:
        model.fit(x, y)
        last = model.steps[-1][1] if hasattr(model, "steps") else model
        if isinstance(last, (LinearSVC, SGDClassifier)):
            options = {"raw_scores": True}
        onnx_model = to_onnx(model, x[:1], options={id(last): options}, target_opset={"": 17, "ai.onnx.ml": 3})
        some = x[np.random.default_rng(1).choice(len(x), ROWS, replace=False)]
        labels = model.predict(some)
        write(name, onnx_model, some, ask(model, some), transform, labels)
    for name, model, (x, y) in regressors():
        model.fit(x, y)
        onnx_model = to_onnx(model, x[:1], target_opset={"": 17, "ai.onnx.ml": 3})
        some = x[np.random.default_rng(1).choice(len(x), ROWS, replace=False)]
        write(name, onnx_model, some, predictions(model, some), "none", [])
    model, onnx_model, x = xgboost_regressor()
    write("xgboost-regressor", onnx_model, x[:ROWS], predictions(model, x[:ROWS]), "none", [])

    from onnx.reference import ReferenceEvaluator

    rng = np.random.default_rng(7)
    for name, make, transform in [("pytorch-like", pytorch_like, "none"), ("keras-like", keras_like, "softmax")]:
        graph, shapes = make(rng)
        onnx_model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        checker.check_model(onnx_model, full_check=True)
        [(input_name, shape)] = shapes.items()
        rows = [rng.normal(0, 1, shape).astype(np.float32) for _ in range(2)]
        answers = [ReferenceEvaluator(onnx_model).run(None, {input_name: row})[0].ravel() for row in rows]
        write(name, onnx_model, np.stack([row.ravel() for row in rows]), answers, transform, [])
    lines = [json.dumps({"name": name, **one}, separators=(",", ":")) for name, one in expected.items()]
    (out / "expected.jsonl").write_text("\n".join(lines) + "\n")


main()
