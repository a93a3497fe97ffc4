"""Writes small models that somebody else quantised: the forms that onnxruntime's own quantiser and PyTorch export.

    python make_quantised_fixtures.py --out ../float/fixtures

qdq-conv.onnx      QuantizeLinear and DequantizeLinear around a float Conv and a Relu, weights per channel int8
qlinear-conv.onnx  the same with QLinearConv, uint8 by uint8, the ReLU in the saturation
qgemm.onnx         QLinearMatMul, then com.microsoft's QGemm with a bias and a float result
"""

import argparse
import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save


def model(name, nodes, constants, input_dims, output_dims, microsoft=False):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, input_dims)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output_dims)],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid("com.microsoft", 1)] if microsoft else [])
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="fixtures")
    if not microsoft:
        checker.check_model(made, full_check=True)
    return made


def node(op, inputs, output, **attributes):
    domain = "com.microsoft" if op == "QGemm" else ""
    return helper.make_node(op, inputs.split(), [output], name=f"{op}_{output}", domain=domain, **attributes)


def qdq_conv(rng):
    f, u = np.float32, np.uint8
    constants = {
        "xs": f(0.05), "xz": u(10), "ys": f(0.1), "yz": u(0),
        "w": rng.integers(-127, 128, (3, 2, 3, 3)).astype(np.int8),
        "ws": np.array([0.01, 0.02, 0.005], f), "wz": np.zeros(3, np.int8),
        "b": rng.integers(-500, 500, 3).astype(np.int32),
        "bs": np.array([0.0005, 0.001, 0.00025], f), "bz": np.zeros(3, np.int32),
    }
    nodes = [
        node("QuantizeLinear", "x xs xz", "xq"),
        node("DequantizeLinear", "xq xs xz", "xd"),
        node("DequantizeLinear", "w ws wz", "wd", axis=0),
        node("DequantizeLinear", "b bs bz", "bd", axis=0),
        node("Conv", "xd wd bd", "c", pads=[1, 1, 1, 1]),
        node("Relu", "c", "r"),
        node("QuantizeLinear", "r ys yz", "rq"),
        node("DequantizeLinear", "rq ys yz", "y"),
    ]
    return model("qdq-conv", nodes, constants, [1, 2, 5, 5], [1, 3, 5, 5])


def qlinear_conv(rng):
    f, u = np.float32, np.uint8
    constants = {
        "xs": f(0.05), "xz": u(10), "ys": f(0.11), "yz": u(0),
        "w": rng.integers(0, 256, (3, 2, 3, 3)).astype(u), "ws": f(0.01), "wz": u(128),
        "b": rng.integers(-500, 500, 3).astype(np.int32),
    }
    nodes = [
        node("QuantizeLinear", "x xs xz", "xq"),
        node("QLinearConv", "xq xs xz w ws wz ys yz b", "yq", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("DequantizeLinear", "yq ys yz", "y"),
    ]
    return model("qlinear-conv", nodes, constants, [1, 2, 5, 5], [1, 3, 3, 3])


def qgemm(rng):
    f, u = np.float32, np.uint8
    constants = {
        "xs": f(0.05), "xz": u(100), "hs": f(0.2), "hz": u(120),
        "w": rng.integers(0, 256, (6, 4)).astype(u), "ws": f(0.02), "wz": u(128),
        "v": rng.integers(0, 256, (3, 4)).astype(u), "vs": f(0.01), "vz": u(128),
        "b": rng.integers(-3000, 3000, 3).astype(np.int32),
    }
    nodes = [
        node("QuantizeLinear", "x xs xz", "xq"),
        node("QLinearMatMul", "xq xs xz w ws wz hs hz", "hq"),
        node("QGemm", "hq hs hz v vs vz b", "y", transB=1),
    ]
    return model("qgemm", nodes, constants, [1, 6], [1, 3], microsoft=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    out = parser.parse_args().out
    rng = np.random.default_rng(7)
    for make in (qdq_conv, qlinear_conv, qgemm):
        made = make(rng)
        save(made, out / f"{made.graph.name}.onnx")


main()
