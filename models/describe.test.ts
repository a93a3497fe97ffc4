import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { describeModel } from "./describe.ts";
import { emitDenseGraph } from "./emit.ts";
import { encodeModel } from "./onnx/decode.ts";
import { type ModelProto, ModelProtoSchema, TensorProto_DataType } from "./onnx/onnx_pb.ts";
import { TINY } from "./testing.ts";

const { FLOAT, INT64 } = TensorProto_DataType;
const floats = (...dim: ({ dimValue: number } | { dimParam: string })[]) => ({
  value: {
    case: "tensorType" as const,
    value: {
      elemType: FLOAT,
      shape: {
        dim: dim.map((d) => ({
          value:
            "dimValue" in d
              ? { case: "dimValue" as const, value: BigInt(d.dimValue) }
              : { case: "dimParam" as const, value: d.dimParam },
        })),
      },
    },
  },
});

/** As scikit-learn exports: an open batch, float weights that are inputs too, labels by ZipMap. */
function exported(): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [
      { domain: "ai.onnx.ml", version: 1n },
      { domain: "", version: 15n },
    ],
    graph: {
      name: "classifier",
      node: [
        { opType: "Gemm", name: "fc", input: ["x", "w", "b"], output: ["y"] },
        { opType: "Constant", output: ["k"], attribute: [{ name: "value", t: { dims: [4n] } }] },
        { opType: "Relu", input: ["y"], output: ["z"] },
        { opType: "Gemm", input: ["z", "w", "b"], output: ["p"] },
        { opType: "ZipMap", domain: "ai.onnx.ml", input: ["p"], output: ["map"] },
      ],
      initializer: [
        { name: "w", dataType: FLOAT, dims: [3n, 5n] },
        { name: "b", dataType: FLOAT, dims: [5n] },
        { name: "one", dataType: INT64 },
      ],
      input: [
        { name: "x", type: floats({ dimParam: "batch" }, { dimValue: 3 }) },
        { name: "w", type: floats({ dimValue: 3 }, { dimValue: 5 }) },
      ],
      output: [{ name: "map", type: { value: { case: "sequenceType", value: {} } } }],
    },
  });
}

describe("a description", () => {
  test("of an integer graph has no refusal", () => {
    expect(describeModel(emitDenseGraph(TINY))).toEqual({
      name: "tiny",
      opset: 17,
      // Two layers of 2·2 weights and 2 zero points; 3·2 and 2 scalars for one, a bias of 2 for the other.
      parameters: 22,
      inputs: [{ name: "input", dtype: "uint8", dims: [1, 2] }],
      outputs: [{ name: "logits", dtype: "int32", dims: [1, 2] }],
      operators: [
        { op: "MatMulInteger", count: 2 },
        { op: "Add", count: 2 },
        { op: "Div", count: 1 },
        { op: "Sub", count: 1 },
        { op: "Clip", count: 1 },
        { op: "Cast", count: 1 },
      ],
    });
  });

  test("of a float model says what it is, and why it is no integer graph", () => {
    expect(describeModel(encodeModel(exported()))).toEqual({
      name: "classifier",
      opset: 15,
      parameters: 15 + 5 + 1 + 4,
      inputs: [{ name: "x", dtype: "float32", dims: ["batch", 3] }],
      outputs: [{ name: "map", dtype: "not a tensor", dims: [] }],
      operators: [
        { op: "Gemm", count: 2 },
        { op: "Constant", count: 1 },
        { op: "Relu", count: 1 },
        { op: "ai.onnx.ml.ZipMap", count: 1 },
      ],
      refusal: 'node "fc" (Gemm): the operator is not supported in an integer graph',
    });
  });

  test("gives the reason of the reader also when only the reading finds it", () => {
    const bytes = Uint8Array.of(...emitDenseGraph(TINY), 0x08, 0x08);
    expect(describeModel(bytes).refusal).toMatch(/not in canonical form/);
  });

  test("of a hostile file is printable and finite", () => {
    const model = exported();
    const { graph } = model;
    const [, weights] = graph?.initializer ?? [];
    if (graph === undefined || weights === undefined) throw new Error("the model has weights");
    graph.name = "\u001b[2Jgone\n";
    weights.dims = [2n ** 62n, 2n ** 62n];
    const { name, parameters } = describeModel(encodeModel(model));
    expect(name).toBe("\ufffd[2Jgone\ufffd");
    expect(parameters).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("of what is no ONNX is refused", () => {
    expect(() => describeModel(new TextEncoder().encode("no model"))).toThrow(
      expect.objectContaining({ code: "MALFORMED_ONNX" }),
    );
  });
});
