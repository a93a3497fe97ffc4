import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ModelError } from "../error.ts";
import { encodeModel } from "../onnx/decode.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TypeProto_SequenceSchema,
  TypeProtoSchema,
} from "../onnx/onnx_pb.ts";
import { readFloatGraph } from "./read-graph.ts";
import { bytesOf, messageOf, type TestModel, type TestNode } from "./testing.ts";

function lone(node: Partial<TestNode>, more: Partial<TestModel> = {}): TestModel {
  return {
    inputs: { x: { dims: [2, 3] } },
    nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"], ...node }],
    outputs: ["y"],
    ...more,
  };
}

function refusal(bytes: Uint8Array): { code: string; message: string; hint: string } {
  try {
    readFloatGraph(bytes);
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("it was read");
}

/** A model after `change`. */
function changed(change: (model: ModelProto) => void): Uint8Array {
  const model = messageOf(
    lone({ op: "Add", inputs: ["x", "w"] }, { constants: { w: { dims: [3], values: [1, 2, 3] } } }),
  );
  change(model);
  return encodeModel(model);
}

const weights = (model: ModelProto) => {
  const tensor = model.graph?.initializer[0];
  if (tensor === undefined) throw new Error("the model has a weight");
  return tensor;
};

describe("what is refused by name, with the reason and the way out", () => {
  test.each<[string, Partial<TestNode>, string, RegExp, RegExp]>([
    [
      "control flow",
      { op: "If", name: "branch" },
      "CONTROL_FLOW",
      /^node "branch" \(If\): control flow/,
      /tracing/,
    ],
    ["loops", { op: "Loop" }, "CONTROL_FLOW", /\(Loop\)/, /unrolled/],
    ["recurrent layers", { op: "LSTM" }, "UNSUPPORTED_OPERATOR", /recurrent/, /Unroll/],
    [
      "layer normalisation",
      { op: "LayerNormalization" },
      "UNSUPPORTED_OPERATOR",
      /statistics of each input/,
      /BatchNormalization/,
    ],
    [
      "instance normalisation",
      { op: "InstanceNormalization" },
      "UNSUPPORTED_OPERATOR",
      /statistics/,
      /Batch/,
    ],
    [
      "dynamic quantisation",
      { op: "DynamicQuantizeLinear" },
      "UNSUPPORTED_OPERATOR",
      /its scale depends on the input/,
      /statically/,
    ],
    [
      "quantised operators",
      { op: "ConvInteger" },
      "QUANTISED_OPERATOR",
      /operator on integers/,
      /float model/,
    ],
    ["sequences", { op: "SequenceConstruct" }, "UNSUPPORTED_OPERATOR", /sequences/, /tensors/],
    [
      "sizes that depend on values",
      { op: "NonZero" },
      "DYNAMIC_SHAPE",
      /depends on the values/,
      /outputs/,
    ],
    [
      "unknown operators",
      { op: "Frobnicate" },
      "UNSUPPORTED_OPERATOR",
      /\(Frobnicate\): the operator is not supported/,
      /Supported are/,
    ],
    ["other domains", { op: "Gelu", domain: "my.own" }, "UNSUPPORTED_DOMAIN", /my\.own/, /./],
    [
      "unknown attributes",
      { attributes: { magic: 1 } },
      "UNSUPPORTED_ATTRIBUTE",
      /attribute "magic" is not understood/,
      /opset/,
    ],
    [
      "a normalisation of no kind",
      { op: "Normalizer", domain: "ai.onnx.ml", attributes: { norm: "L3" } },
      "BAD_ATTRIBUTE",
      /norm/,
      /./,
    ],
    [
      "interpolation",
      { op: "Resize", attributes: { mode: "linear" } },
      "UNSUPPORTED_OPERATOR",
      /interpolates/,
      /nearest/,
    ],
    [
      "strings as features",
      { op: "OneHotEncoder", domain: "ai.onnx.ml" },
      "UNSUPPORTED_OPERATOR",
      /categories/,
      /encoded features/,
    ],
    ["a missing operand", { op: "Add" }, "BAD_SHAPE", /operand 1 is missing/, /check_model/],
    [
      "a value that nothing writes",
      { inputs: ["nobody"] },
      "UNDEFINED_VALUE",
      /reads "nobody"/,
      /order/,
    ],
    [
      "a shape that does not fit",
      { op: "Transpose", attributes: { perm: [0] } },
      "BAD_ATTRIBUTE",
      /perm/,
      /./,
    ],
    [
      "a shape that the input decides",
      { op: "Expand", inputs: ["x", "x"] },
      "DYNAMIC_SHAPE",
      /the shape depends on the input/,
      /fix/,
    ],
    [
      "an attribute of another type",
      { op: "Softmax", attributes: { axis: "1" } },
      "BAD_ATTRIBUTE",
      /axis is "1", expected a number/,
      /./,
    ],
  ])("%s", (_, node, code, message, hint) => {
    const error = refusal(bytesOf(lone(node)));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test.each<[string, (model: ModelProto) => void, string, RegExp]>([
    [
      "weights that are not numbers",
      (model) => {
        weights(model).floatData[1] = Number.NaN;
      },
      "NOT_FINITE",
      /initialiser "w": an element is not a number/,
    ],
    [
      "weights that are infinite",
      (model) => {
        weights(model).floatData[1] = Number.POSITIVE_INFINITY;
      },
      "NOT_FINITE",
      /its constant "w" is infinite/,
    ],
    [
      "weights in another file",
      (model) => {
        weights(model).dataLocation = TensorProto_DataLocation.EXTERNAL;
        weights(model).externalData = [create(StringStringEntryProtoSchema, { key: "location" })];
      },
      "EXTERNAL_DATA",
      /another file/,
    ],
    [
      "weights of 4 bits",
      (model) => {
        weights(model).dataType = TensorProto_DataType.INT4;
      },
      "UNSUPPORTED_DTYPE",
      /int4/,
    ],
    [
      "huge dims of a weight",
      (model) => {
        weights(model).dims = [2n ** 40n, 2n ** 40n];
      },
      "TOO_LARGE",
      /more than 16777216 elements/,
    ],
    [
      "huge dims of an input",
      (model) => {
        const type = model.graph?.input[0]?.type?.value;
        if (type?.case !== "tensorType") throw new Error("the model has a tensor as its input");
        for (const dim of type.value.shape?.dim ?? []) {
          dim.value = { case: "dimValue", value: 2n ** 62n };
        }
      },
      "TOO_LARGE",
      /elements/,
    ],
    [
      "inputs that are sequences",
      (model) => {
        const [input] = model.graph?.input ?? [];
        if (input === undefined) throw new Error("the model has an input");
        input.type = create(TypeProtoSchema, {
          value: { case: "sequenceType", value: create(TypeProto_SequenceSchema) },
        });
      },
      "UNEXPECTED_FIELD",
      /sequences are not supported/,
    ],
    [
      "graphs inside of attributes",
      (model) => {
        model.graph?.node[0]?.attribute.push(
          create(AttributeProtoSchema, {
            name: "body",
            type: AttributeProto_AttributeType.GRAPH,
            g: create(GraphProtoSchema),
          }),
        );
      },
      "UNEXPECTED_FIELD",
      /control flow/,
    ],
    [
      "a value that is written twice",
      (model) => {
        const [node] = model.graph?.node ?? [];
        if (node !== undefined) model.graph?.node.push({ ...node, name: "again" });
      },
      "DUPLICATE_NAME",
      /"y" is defined twice/,
    ],
    [
      "a cycle",
      (model) => {
        const [node] = model.graph?.node ?? [];
        if (node !== undefined) node.input = ["x", "y"];
      },
      "UNDEFINED_VALUE",
      /reads "y", which nothing before it writes/,
    ],
    [
      "an output that no input reaches",
      (model) => {
        const [node] = model.graph?.node ?? [];
        if (node !== undefined) node.input = ["w", "w"];
      },
      "NO_INPUT",
      /output "y" is a constant/,
    ],
    [
      "two versions of the operators",
      (model) => {
        const [first] = model.opsetImport;
        if (first !== undefined) model.opsetImport.push({ ...first, version: 12n });
      },
      "UNSUPPORTED_VERSION",
      /2 default opsets/,
    ],
    [
      "operators older than broadcasting",
      (model) => {
        const [first] = model.opsetImport;
        if (first !== undefined) first.version = 6n;
      },
      "UNSUPPORTED_VERSION",
      /opset 6/,
    ],
  ])("%s", (_, change, code, message) => {
    const error = refusal(changed(change));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe("");
  });

  test("nothing is allocated for shapes that are computed to be huge", () => {
    const grow = (op: string, inputs: readonly string[], attributes: TestNode["attributes"] = {}) =>
      bytesOf({
        inputs: { x: { dims: [1, 2] } },
        constants: {
          dims: { dtype: "int64", dims: [2], values: [2 ** 20, 2 ** 20] },
          big: { dtype: "int64", dims: [4], values: [0, 0, 2 ** 40, 2 ** 40] },
          one: { dims: [1, 1], values: [1] },
        },
        nodes: [{ op, inputs, outputs: ["y"], attributes }],
        outputs: ["y"],
      });
    for (const bytes of [
      grow("Expand", ["one", "dims"]),
      grow("Tile", ["x", "dims"]),
      grow("Pad", ["x", "big"]),
      grow("ConstantOfShape", ["dims"]),
    ]) {
      expect(refusal(bytes)).toMatchObject({ code: "TOO_LARGE" });
    }
  });

  test("nor for what one node of the file would become", () => {
    const split = bytesOf(
      lone({
        op: "Split",
        outputs: Array.from({ length: 300_000 }, (_, i) => `part${i}`),
        attributes: { axis: 1 },
      }),
    );
    expect(refusal(split).message).toMatch(/300000 results of nodes/);
    const rank = Array.from({ length: 100_000 }, (_, i) => i);
    const unsqueezed = bytesOf(
      lone({ op: "Unsqueeze", attributes: { axes: rank } }, { opset: 11 }),
    );
    expect(refusal(unsqueezed).message).toMatch(/has 100002 dimensions, at most 8/);
    const leaves = 300;
    const trees = bytesOf(
      lone({
        op: "TreeEnsembleRegressor",
        domain: "ai.onnx.ml",
        attributes: {
          n_targets: 2 ** 16,
          nodes_treeids: Array.from({ length: leaves }, (_, i) => i),
          nodes_nodeids: new Array<number>(leaves).fill(0),
          nodes_featureids: new Array<number>(leaves).fill(0),
          nodes_truenodeids: new Array<number>(leaves).fill(0),
          nodes_falsenodeids: new Array<number>(leaves).fill(0),
          nodes_values: { floats: new Array<number>(leaves).fill(0) },
          nodes_modes: { strings: new Array<string>(leaves).fill("LEAF") },
        },
      }),
    );
    expect(refusal(trees).message).toMatch(/leaves have more than 16777216 weights/);
  });

  test("and no multiplication is begun that would not end", () => {
    const bytes = bytesOf({
      inputs: { x: { dims: [2000, 1] } },
      constants: { one: { dtype: "int64", dims: [2], values: [2000, 2000] } },
      nodes: [
        { op: "Expand", inputs: ["x", "one"], outputs: ["a"] },
        { op: "MatMul", inputs: ["a", "a"], outputs: ["y"] },
      ],
      outputs: ["y"],
    });
    expect(refusal(bytes).message).toMatch(/more than 2147483648 multiplications/);
  });

  test("a normalisation inside of the network", () => {
    const bytes = bytesOf({
      ...lone({}),
      nodes: [
        {
          op: "Normalizer",
          domain: "ai.onnx.ml",
          inputs: ["x"],
          outputs: ["n"],
          attributes: { norm: "L2" },
        },
        { op: "Relu", inputs: ["n"], outputs: ["y"] },
      ],
    });
    expect(refusal(bytes)).toMatchObject({
      code: "UNSUPPORTED_OPERATOR",
      message: 'node "Normalizer_n" (Normalizer): it is not supported inside a network',
      hint: "Use it as the last node only, where it is dropped, or normalise the input beforehand.",
    });
  });

  test("class labels are not computed with", () => {
    const bytes = bytesOf({
      inputs: { x: { dims: [1, 2] } },
      nodes: [
        {
          op: "LinearClassifier",
          domain: "ai.onnx.ml",
          inputs: ["x"],
          outputs: ["l", "s"],
          attributes: {
            coefficients: { floats: [1, 2, 3, 4] },
            intercepts: { floats: [0, 0] },
            classlabels_ints: [5, 9],
          },
        },
        { op: "Mul", inputs: ["l", "l"], outputs: ["y"] },
      ],
      outputs: ["y"],
    });
    expect(refusal(bytes).message).toMatch(/\(Mul\): it computes with the label of a class/);
  });
});
