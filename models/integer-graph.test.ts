import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { sha256 } from "../store/digest.ts";
import { emitDenseGraph } from "./emit.ts";
import { readIntegerGraph } from "./integer-graph.ts";
import { buildConstant, buildNode, buildValue } from "./onnx/build.ts";
import { AttributeProto_AttributeType, AttributeProtoSchema } from "./onnx/onnx_pb.ts";
import { type Parts, read } from "./onnx/testing.ts";
import { constant, graphOf, input } from "./operators/testing.ts";
import { TINY } from "./testing.ts";
import { encodeValueMetadata, METADATA_KEY } from "./value-metadata.ts";

const bytes = emitDenseGraph(TINY);

describe("reading", () => {
  test("gives nodes in order, types of all values, and the hash of the bytes as id", () => {
    const graph = readIntegerGraph(bytes);
    expect(graph.id).toBe(sha256(bytes));
    expect(graph.nodes.map(({ op }) => op).join(" ")).toBe(
      "MatMulInteger Add Div Sub Clip Cast MatMulInteger Add",
    );
    expect(graph.types.get("dense1.activation")).toEqual({ dtype: "uint8", dims: [1, 2] });
    expect(graph.outputs).toEqual([
      { name: "logits", dtype: "int32", dims: [1, 2], scale: 0.5, labels: ["no", "yes"] },
    ]);
  });

  test("keeps its own bytes: the caller's may change afterwards", () => {
    const mine = bytes.slice();
    const graph = readIntegerGraph(mine);
    mine.fill(0);
    expect(sha256(graph.bytes)).toBe(graph.id);
  });

  test.each<[string, (parts: Parts) => unknown, string, string]>([
    [
      "nodes out of order",
      ({ graph }) => graph.node.reverse(),
      "UNDEFINED_VALUE",
      'node "dense2.Add" (Add) reads "dense2.product"',
    ],
    [
      "a value nobody writes",
      ({ node }) => node.input.splice(0, 1, "ghost"),
      "UNDEFINED_VALUE",
      '"ghost"',
    ],
    [
      "an output nobody writes",
      ({ output }) => {
        output.name = "ghost";
      },
      "BAD_METADATA",
      '"ghost"',
    ],
    [
      "a node that leads nowhere",
      ({ graph }) => graph.node.push(buildNode("idle", "Relu", ["logits"], "idle")),
      "UNUSED_VALUE",
      'node "idle" (Relu) reaches no output',
    ],
    [
      "a constant nobody reads",
      ({ graph }) => graph.initializer.push(buildConstant("idle", "int32", [1], [1])),
      "UNUSED_VALUE",
      'initialiser "idle"',
    ],
    [
      "another shape of output",
      ({ outputType }) => outputType.shape?.dim.shift(),
      "BAD_TYPE",
      "int32 [2], the nodes compute int32 [1,2]",
    ],
    [
      "another dtype of output",
      ({ outputType }) => {
        outputType.elemType = 3;
      },
      "BAD_TYPE",
      "declared as int8",
    ],
    [
      "an input that is not described",
      ({ graph }) => graph.input.push(buildValue("more", "uint8", [1])),
      "BAD_METADATA",
      '"more"',
    ],
    [
      "no name of a node",
      ({ node }) => {
        node.name = "";
      },
      "BAD_NAME",
      "node #0 (MatMulInteger)",
    ],
    [
      "a second output of a node",
      ({ node }) => node.output.push("second"),
      "UNSUPPORTED_OPERATOR",
      "has 2 outputs",
    ],
    [
      "an attribute that is no integer",
      ({ node }) =>
        node.attribute.push(
          create(AttributeProtoSchema, { name: "axis", type: AttributeProto_AttributeType.FLOAT }),
        ),
      "BAD_ATTRIBUTE",
      'attribute "axis" is not a 32-bit integer, a word or a list',
    ],
    [
      "a constant of no elements",
      ({ graph }) => graph.initializer.push(buildConstant("none", "int32", [0], [])),
      "MALFORMED_TENSOR",
      '"none" is empty',
    ],
    [
      "a constant beyond int32",
      ({ graph }) => graph.initializer.push(buildConstant("far", "int64", [1], [2 ** 31])),
      "MALFORMED_TENSOR",
      "holds 2147483648",
    ],
    ["no metadata", ({ model }) => model.metadataProps.pop(), "BAD_METADATA", METADATA_KEY],
    [
      "metadata said twice",
      ({ model }) => model.metadataProps.push(...model.metadataProps),
      "BAD_METADATA",
      "no other",
    ],
  ])("refuses %s", (_, change, code, named) => {
    expect(read(change)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(named) }),
    );
  });

  const attribute = (fields: MessageInitShape<typeof AttributeProtoSchema>) =>
    read(({ node }) => node.attribute.push(create(AttributeProtoSchema, fields)));
  const { INT, INTS, STRING } = AttributeProto_AttributeType;

  test.each([
    ["without its value", { type: INT }],
    ["beyond int32", { type: INT, i: 2n ** 31n }],
    ["said as a list too", { type: INT, i: 1n, ints: [1n] }],
    ["of an empty list", { type: INTS }],
    ["of a list beyond int32", { type: INTS, ints: [0n, -(2n ** 31n) - 1n] }],
    ["of a list of 65", { type: INTS, ints: new Array<bigint>(65).fill(1n) }],
    ["of a list said as a word too", { type: INTS, ints: [1n], s: Buffer.from("x") }],
    ["of an empty word", { type: STRING, s: new Uint8Array() }],
    ["of a long word", { type: STRING, s: Buffer.from("x".repeat(33)) }],
    ["of two words", { type: STRING, s: Buffer.from("a b") }],
    ["of a word beyond ASCII", { type: STRING, s: Buffer.from("é") }],
  ])("refuses an attribute %s", (_, fields) => {
    expect(attribute({ name: "axis", ...fields })).toThrow(
      expect.objectContaining({
        code: "BAD_ATTRIBUTE",
        message: expect.stringContaining('attribute "axis" is not a 32-bit integer, a word or a'),
      }),
    );
  });

  test.each([
    ["an integer", { type: INT, i: -(2n ** 31n) }],
    ["a word", { type: STRING, s: Buffer.from("SAME_UPPER") }],
    ["a list of 64", { type: INTS, ints: new Array<bigint>(64).fill(1n) }],
  ])("reads %s as an attribute, which the operator then does not know", (_, fields) => {
    expect(attribute({ name: "more", ...fields })).toThrow('attribute "more" is not supported');
  });

  test("keeps lists and words of attributes, and the opset", () => {
    const operands = [input("uint8", [1, 1, 4]), constant("uint8", [1, 1, 2], [1, 2])];
    const attributes = { auto_pad: "VALID", strides: [2], group: 1 };
    const graph = graphOf({ op: "ConvInteger", operands, attributes, opset: 21 });
    expect(graph.nodes[0]?.attributes).toEqual(new Map(Object.entries(attributes)));
    expect(graph.opset).toBe(21);
  });

  test("refuses more terms in all nodes than can be proven, each node being small enough", () => {
    const square = 2 ** 8;
    const product = (parts: Parts, name: string, left: string): void => {
      parts.graph.node.push(buildNode(name, "MatMul", [left, "m"], name));
    };
    const many = (count: number) =>
      read((parts) => {
        const { graph, model } = parts;
        const zeros = new Int32Array(square * square);
        graph.initializer = [buildConstant("m", "int32", [square, square], zeros)];
        graph.node = [];
        graph.input = [buildValue("x", "int32", [square, square])];
        graph.output = [buildValue(`p${count}`, "int32", [square, square])];
        for (let i = 1; i <= count; i++) product(parts, `p${i}`, i === 1 ? "x" : `p${i - 1}`);
        for (const entry of model.metadataProps) {
          entry.value = encodeValueMetadata({
            inputs: [{ name: "x", min: 0, max: 0, scale: 1 }],
            outputs: [{ name: `p${count}`, scale: 1, labels: [] }],
          });
        }
      });
    expect(many(4)).not.toThrow();
    expect(many(5)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
  });

  test("refuses two nodes of one name", () => {
    const twins = read(({ graph, node }) => {
      for (const other of graph.node.slice(1, 2)) other.name = node.name;
    });
    expect(twins).toThrow(expect.objectContaining({ code: "DUPLICATE_NAME" }));
  });
});
