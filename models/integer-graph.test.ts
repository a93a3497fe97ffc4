import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { sha256 } from "../store/digest.ts";
import { emitDenseGraph } from "./emit.ts";
import { readIntegerGraph } from "./integer-graph.ts";
import { buildConstant, buildNode, buildValue } from "./onnx/build.ts";
import { AttributeProto_AttributeType, AttributeProtoSchema } from "./onnx/onnx_pb.ts";
import { type Parts, read } from "./onnx/testing.ts";
import { TINY } from "./testing.ts";
import { METADATA_KEY } from "./value-metadata.ts";

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

  test("refuses two nodes of one name", () => {
    const twins = read(({ graph, node }) => {
      for (const other of graph.node.slice(1, 2)) other.name = node.name;
    });
    expect(twins).toThrow(expect.objectContaining({ code: "DUPLICATE_NAME" }));
  });
});
