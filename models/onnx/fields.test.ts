import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  SparseTensorProtoSchema,
  StringStringEntryProtoSchema,
  TensorAnnotationSchema,
  TensorProto_DataLocation,
  TrainingInfoProtoSchema,
  TypeProto_SequenceSchema,
} from "./onnx_pb.ts";
import { type Parts, read } from "./testing.ts";

describe("a field that nobody here reads", () => {
  // What changes, the code, and what the message must name.
  test.each<[string, (parts: Parts) => void, string, string]>([
    [
      "a graph hidden in an attribute",
      ({ node }) =>
        node.attribute.push(
          create(AttributeProtoSchema, {
            name: "then_branch",
            type: AttributeProto_AttributeType.GRAPH,
            g: create(GraphProtoSchema),
          }),
        ),
      "UNEXPECTED_FIELD",
      '"then_branch" sets AttributeProto.g: control flow (If, Loop, Scan) is not supported',
    ],
    [
      "an input that is no tensor",
      ({ input }) => {
        if (input.type) {
          input.type.value = { case: "sequenceType", value: create(TypeProto_SequenceSchema) };
        }
      },
      "UNEXPECTED_FIELD",
      "TypeProto.sequence_type: sequences are not supported",
    ],
    [
      "weights in another file",
      ({ constant }) => {
        constant.dataLocation = TensorProto_DataLocation.EXTERNAL;
      },
      "EXTERNAL_DATA",
      '"dense1.weights" sets TensorProto.data_location',
    ],
    [
      "the place of weights in another file",
      ({ constant }) => {
        constant.externalData.push(
          create(StringStringEntryProtoSchema, { key: "location", value: "../secret" }),
        );
      },
      "EXTERNAL_DATA",
      '"dense1.weights" sets TensorProto.external_data',
    ],
    [
      "sparse weights",
      ({ graph }) => graph.sparseInitializer.push(create(SparseTensorProtoSchema)),
      "UNEXPECTED_FIELD",
      "sparse tensors are not supported",
    ],
    [
      "functions of its own",
      ({ model }) => model.functions.push(create(FunctionProtoSchema, { name: "f" })),
      "UNEXPECTED_FIELD",
      "model-local functions are not supported",
    ],
    [
      "training",
      ({ model }) => model.trainingInfo.push(create(TrainingInfoProtoSchema)),
      "UNEXPECTED_FIELD",
      "training graphs are not inference",
    ],
    [
      "a comment, which would be a second name for one model",
      ({ graph }) => {
        graph.docString = "made on a Tuesday";
      },
      "UNEXPECTED_FIELD",
      "GraphProto.doc_string",
    ],
    [
      "notes on quantisation, which nobody here reads",
      ({ graph }) => graph.quantizationAnnotation.push(create(TensorAnnotationSchema)),
      "UNEXPECTED_FIELD",
      "GraphProto.quantization_annotation",
    ],
    [
      "a field that ONNX does not define",
      ({ node }) => {
        node.$unknown = [{ no: 900, wireType: 0, data: Uint8Array.of(1) }];
      },
      "UNEXPECTED_FIELD",
      '"dense1.MatMulInteger" has field 900, which ONNX does not define',
    ],
  ])("is refused with %s", (_, change, code, named) => {
    expect(read(change)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(named),
        hint: expect.stringMatching(/.{10,}\.$/),
      }),
    );
  });

  test("is not missed in a model that has none", () => {
    expect(read(() => {})).not.toThrow();
  });
});
