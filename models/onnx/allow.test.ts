import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { allowlistOf } from "../float/door.ts";
import { FLOAT_TRANSLATORS } from "../float/translate/table.ts";
import { type Allowlist, checkAllowed, nodeLabel, quoted } from "./allow.ts";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import { changed, type Parts, partsOf, read } from "./testing.ts";

const dimOf = (name: string) =>
  create(TensorShapeProto_DimensionSchema, { value: { case: "dimParam", value: name } });
const dims = (...sizes: number[]) =>
  sizes.map((size) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }),
  );

describe("an integer graph", () => {
  test("is accepted as the emitter writes it", () => {
    expect(read(() => {})).not.toThrow();
  });

  // What changes, the code, and what the message must name.
  test.each<[string, (parts: Parts) => void, string, string]>([
    [
      "an unsupported operator",
      ({ node }) => {
        node.opType = "Conv";
      },
      "UNSUPPORTED_OPERATOR",
      'node "dense1.MatMulInteger" (Conv): the operator is not supported in an integer graph',
    ],
    [
      "an unsupported operator without a name, by its place",
      ({ graph }) => graph.node.push(create(NodeProtoSchema, { opType: "Softmax" })),
      "UNSUPPORTED_OPERATOR",
      "node #8 (Softmax)",
    ],
    [
      "control flow",
      ({ node }) => {
        node.opType = "If";
      },
      "UNSUPPORTED_OPERATOR",
      'node "dense1.MatMulInteger" (If)',
    ],
    [
      "a node of another domain",
      ({ node }) => {
        node.domain = "com.microsoft";
      },
      "UNSUPPORTED_DOMAIN",
      'node "dense1.MatMulInteger" (MatMulInteger) uses operators of "com.microsoft"',
    ],
    [
      "scikit-learn's own domain",
      ({ node }) => {
        node.domain = "ai.onnx.ml";
      },
      "UNSUPPORTED_DOMAIN",
      '"ai.onnx.ml"',
    ],
    [
      "an import of another domain",
      ({ model }) => {
        const [standard] = model.opsetImport;
        if (standard) model.opsetImport.push({ ...standard, domain: "com.microsoft" });
      },
      "UNSUPPORTED_DOMAIN",
      "the model uses operators",
    ],
    [
      "float weights",
      ({ constant }) => {
        constant.dataType = TensorProto_DataType.FLOAT;
      },
      "UNSUPPORTED_DTYPE",
      'initialiser "dense1.weights" has dtype float32',
    ],
    [
      "a float input",
      ({ inputType }) => {
        inputType.elemType = TensorProto_DataType.FLOAT;
      },
      "UNSUPPORTED_DTYPE",
      'input "input" has dtype float32',
    ],
    [
      "an int4 output, which ends a process in onnxruntime",
      ({ outputType }) => {
        outputType.elemType = TensorProto_DataType.INT4;
      },
      "UNSUPPORTED_DTYPE",
      'output "logits" has dtype int4',
    ],
    [
      "a dtype that ONNX does not know",
      ({ outputType }) => {
        outputType.elemType = 4711;
      },
      "UNSUPPORTED_DTYPE",
      "dtype 4711",
    ],
    [
      "a symbolic dimension",
      ({ inputType }) => {
        inputType.shape?.dim.splice(0, 1, dimOf("batch"));
      },
      "DYNAMIC_SHAPE",
      "Dimension.dim_param: the shape is not static",
    ],
    [
      "an unknown dimension",
      ({ inputType }) => {
        inputType.shape?.dim.splice(0, 1, create(TensorShapeProto_DimensionSchema));
      },
      "DYNAMIC_SHAPE",
      'input "input": dimension 0 is unknown',
    ],
    [
      "a dimension of zero",
      ({ outputType }) => {
        outputType.shape?.dim.splice(1, 1, ...dims(0));
      },
      "DYNAMIC_SHAPE",
      'output "logits": dimension 1 is 0',
    ],
    [
      "an unknown rank",
      ({ inputType }) => {
        delete inputType.shape;
      },
      "DYNAMIC_SHAPE",
      'input "input" is not a tensor of known shape',
    ],
    [
      "more dimensions than eight",
      ({ inputType }) => {
        inputType.shape?.dim.push(...dims(1, 1, 1, 1, 1, 1, 1));
      },
      "TOO_LARGE",
      'input "input" has 9 dimensions',
    ],
    [
      "more elements than a tensor may have",
      ({ inputType }) => {
        inputType.shape?.dim.splice(0, 2, ...dims(2 ** 20, 2 ** 20));
      },
      "TOO_LARGE",
      "1099511627776 elements",
    ],
    [
      "an attribute given twice",
      ({ node }) => {
        const axis = create(AttributeProtoSchema, {
          name: "axis",
          type: AttributeProto_AttributeType.INT,
        });
        node.attribute.push(axis, axis);
      },
      "DUPLICATE_NAME",
      'attribute "axis" of node "dense1.MatMulInteger"',
    ],
    [
      "a value written twice",
      ({ graph, node }) => {
        const [, second] = graph.node;
        if (second) second.output = node.output;
      },
      "DUPLICATE_NAME",
      'value "dense1.product" is defined twice',
    ],
    [
      "an input that is a constant too",
      ({ graph, constant }) => {
        graph.input.push(
          create(ValueInfoProtoSchema, {
            ...partsOf(changed(() => {})).input,
            name: constant.name,
          }),
        );
      },
      "DUPLICATE_NAME",
      'value "dense1.weights"',
    ],
    [
      "a constant given twice",
      ({ graph, constant }) => graph.initializer.push(create(TensorProtoSchema, constant)),
      "DUPLICATE_NAME",
      'value "dense1.weights"',
    ],
    [
      "a name that would break a line of a log",
      ({ node }) => {
        node.output = ["x\n[error] all is lost"];
      },
      "BAD_NAME",
      String.raw`"x\n[error] all is lost"`,
    ],
    [
      "a name of 129 characters",
      ({ node }) => {
        node.output = ["x".repeat(129)];
      },
      "BAD_NAME",
      `${"x".repeat(80)}…`,
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

  test.each([7, 8, 9, 10])("is accepted in IR version %i", (version) => {
    expect(
      read(({ model }) => {
        model.irVersion = BigInt(version);
      }),
    ).not.toThrow();
  });

  test.each([-1, 0, 6, 11])("is refused in IR version %i", (version) => {
    expect(
      read(({ model }) => {
        model.irVersion = BigInt(version);
      }),
    ).toThrow(expect.objectContaining({ code: "UNSUPPORTED_VERSION" }));
  });

  test.each([
    [[14], true],
    [[21], true],
    [[13], false],
    [[22], false],
    [[], false],
    [[17, 17], false],
  ])("with the opsets %j is accepted: %s", (versions, isAccepted) => {
    const readIt = read(({ model }) => {
      const [standard] = model.opsetImport;
      if (standard === undefined) throw new Error("the tiny model imports an opset");
      model.opsetImport = versions.map((version) => ({ ...standard, version: BigInt(version) }));
    });
    const isUnsupported = expect.objectContaining({ code: "UNSUPPORTED_VERSION" });
    if (isAccepted) expect(readIt).not.toThrow();
    else expect(readIt).toThrow(isUnsupported);
  });
});

const imported = allowlistOf(FLOAT_TRANSLATORS);
/** What an exporter may write, open dimensions included, with the tiny model's operators. */
const allowed: Allowlist = {
  ...imported,
  otherDomains: new Map(),
  fields: { ...imported.fields, Dimension: ["dim_value", "dim_param", "denotation"] },
  operators: new Set(["MatMulInteger", "Add", "Sub", "Div", "Clip", "Cast"]),
  dtypes: new Set(["uint8", "int32"]),
};

describe("a model from an exporter", () => {
  const habits = ({ model, graph, constant, inputType }: Parts): void => {
    inputType.shape?.dim.splice(0, 1, dimOf("batch"));
    const [standard] = model.opsetImport;
    if (standard) model.opsetImport.push({ ...standard, domain: "com.microsoft" });
    graph.input.push(
      create(ValueInfoProtoSchema, { ...partsOf(changed(() => {})).input, name: constant.name }),
    );
  };

  test("may leave the batch open, import what it does not use, and list constants as inputs", () => {
    expect(() => checkAllowed(changed(habits), allowed)).not.toThrow();
    expect(() => checkAllowed(changed(habits), { ...allowed, fromExporter: false })).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_DOMAIN" }),
    );
  });

  test("may leave no other dimension open, and use no other domain", () => {
    const open = changed(({ inputType }) => {
      inputType.shape?.dim.splice(1, 1, dimOf("width"));
    });
    expect(() => checkAllowed(open, allowed)).toThrow(
      expect.objectContaining({
        code: "DYNAMIC_SHAPE",
        message: expect.stringContaining('input "input": dimension 1 is "width"'),
      }),
    );
    const foreign = changed(({ node }) => {
      node.domain = "ai.onnx.ml";
    });
    expect(() => checkAllowed(foreign, allowed)).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_DOMAIN",
        hint: expect.stringContaining("scikit-learn"),
      }),
    );
  });
});

describe("operators of other domains", () => {
  const foreign = changed(({ node }) => {
    node.domain = "ai.onnx.ml";
  });
  const { opType } = partsOf(foreign).node;
  const listing = (operator: string): Allowlist => ({
    ...allowed,
    otherDomains: new Map([["ai.onnx.ml", new Set([operator])]]),
  });

  test("may be listed", () => {
    expect(() => checkAllowed(foreign, listing(opType))).not.toThrow();
  });

  test("are refused by name where the list has others", () => {
    expect(() => checkAllowed(foreign, listing("Scaler"))).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_OPERATOR", hint: "Supported are Scaler." }),
    );
  });
});

test("names out of a file are shown on one line, escaped and cut", () => {
  expect(quoted('a"\n\u001b[31m')).toBe(String.raw`"a\"\n\u001b[31m"`);
  expect(quoted("x".repeat(200))).toHaveLength(83);
  expect(nodeLabel({ name: "", opType: "Gemm" }, 3)).toBe("node #3 (Gemm)");
});
