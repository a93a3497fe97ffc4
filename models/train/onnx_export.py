"""Writes a trained network node by node as PyTorch exports it: its names, opset 17, float32, a free batch
dimension, nothing folded.
"""

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper


class Export:
    """A chain of nodes: each reads what the one before it wrote."""

    def __init__(self, name: str, dims: list[int]) -> None:
        self.name = name
        self.input = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *dims])
        self.value = "input"
        self.nodes, self.tensors = [], []

    def add(
        self, op: str, name: str, tensors: dict[str, np.ndarray] | None = None, other: str | None = None, **attributes
    ) -> str:
        """`tensors` are the node's constants by their last name, `other` a value it reads besides the chain's.

        Returns the name of what the node writes.
        """
        inputs = [self.value] if other is None else [self.value, other]
        for part, tensor in (tensors or {}).items():
            self.tensors.append(numpy_helper.from_array(np.asarray(tensor, np.float32), f"{name}.{part}"))
            inputs.append(f"{name}.{part}")
        self.value = f"/{name}/{op}_output_0"
        self.nodes.append(helper.make_node(op, inputs, [self.value], f"/{name}/{op}", **attributes))
        return self.value

    def conv(self, name: str, tensors: dict[str, np.ndarray], pad: int, stride: int = 1) -> str:
        side = tensors["weight"].shape[-1]
        return self.add(
            "Conv",
            name,
            tensors,
            dilations=[1, 1],
            group=1,
            kernel_shape=[side, side],
            pads=[pad] * 4,
            strides=[stride, stride],
        )

    def dense(self, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        return self.add("Gemm", name, {"weight": weight, "bias": bias}, alpha=1.0, beta=1.0, transB=1)

    def model(self, output: str, dims: list[int]) -> ModelProto:
        self.nodes[-1].output[0] = output
        outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", *dims])]
        graph = helper.make_graph(self.nodes, self.name, [self.input], outputs, self.tensors)
        opset = helper.make_opsetid("", 17)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=8, producer_name="assay")
        checker.check_model(model, full_check=True)
        return model
