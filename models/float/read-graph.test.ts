import { describe, expect, test } from "vitest";
import { evaluateFloat } from "./evaluate.ts";
import type { FloatGraph } from "./float-graph.ts";
import { readFloatGraph } from "./read-graph.ts";
import { bytesOf, compared, type TestModel, type TestNode, type TestTensor } from "./testing.ts";

const scalar = (value: number): TestTensor => ({ dims: [], values: [value] });
const ints = (...values: readonly number[]): TestTensor => ({
  dtype: "int64",
  dims: [values.length],
  values,
});

/** A chain over one input `x`: every node writes the name that stands first. */
function chain(
  dims: readonly (number | string)[],
  nodes: readonly (readonly [string, string, readonly string[], TestNode["attributes"]?])[],
  constants: Readonly<Record<string, TestTensor>> = {},
  more: Partial<TestModel> = {},
): TestModel {
  return {
    inputs: { x: { dims } },
    constants,
    nodes: nodes.map(([output, op, inputs, attributes = {}]) => ({
      op,
      inputs,
      outputs: [output],
      attributes,
    })),
    outputs: [nodes.at(-1)?.[0] ?? ""],
    ...more,
  };
}

const opsOf = (graph: FloatGraph): string => graph.nodes.map(({ op }) => op).join(" ");
const read = (model: TestModel): FloatGraph => readFloatGraph(bytesOf(model));

async function expectSame(model: TestModel): Promise<FloatGraph> {
  const { graph, ours, theirs } = await compared(model);
  ours.forEach((values, k) => {
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(theirs[k]?.[i] as number, 4);
    });
  });
  return graph;
}

describe("constants", () => {
  test("are folded through the arithmetic of shapes", async () => {
    const graph = await expectSame(
      chain(
        [2, 3, 4],
        [
          ["s", "Shape", ["x"]],
          ["n", "Gather", ["s", "zero"]],
          ["f", "Cast", ["n"], { to: 1 }],
          ["h", "Mul", ["f", "half"]],
          ["g", "Floor", ["h"]],
          ["i", "Cast", ["g"], { to: 7 }],
          ["u", "Unsqueeze", ["i", "axis"]],
          ["rest", "Slice", ["s", "one", "max"]],
          ["p", "ReduceProd", ["rest"], { keepdims: 1 }],
          ["t", "Concat", ["u", "minus", "p"], { axis: 0 }],
          ["y", "Reshape", ["x", "t"]],
        ],
        {
          zero: { dtype: "int64", dims: [], values: [0] },
          half: scalar(0.5),
          axis: ints(0),
          one: ints(1),
          max: ints(Number.MAX_SAFE_INTEGER),
          minus: ints(-1),
        },
      ),
    );
    expect(opsOf(graph)).toBe("Reshape");
    expect(graph.constants.size).toBe(0);
  });

  test("come from ConstantOfShape, Range, Size, OneHot, Expand and Where", async () => {
    const graph = await expectSame(
      chain(
        [2, 3],
        [
          ["s", "Shape", ["x"]],
          ["size", "Size", ["x"]],
          ["ones", "ConstantOfShape", ["s"], { value: { tensor: { dims: [1], values: [2.5] } } }],
          ["r", "Range", ["i0", "size", "i2"]],
          ["rf", "Cast", ["r"], { to: 1 }],
          ["hot", "OneHot", ["i1", "depth", "offon"]],
          ["sum", "Add", ["rf", "hot"]],
          ["z", "Mul", ["ones", "sum"]],
          ["y", "Add", ["x", "z"]],
        ],
        {
          i0: { dtype: "int64", dims: [], values: [0] },
          i2: { dtype: "int64", dims: [], values: [2] },
          i1: ints(1, -1),
          depth: { dtype: "int64", dims: [], values: [3] },
          offon: { dims: [2], values: [-1, 4] },
        },
      ),
    );
    expect(opsOf(graph)).toBe("Add");
  });

  test("of Constant nodes are read in every form", () => {
    const graph = read({
      inputs: { x: { dims: [2] } },
      nodes: [
        { op: "Constant", inputs: [], outputs: ["a"], attributes: { value_float: { f: 2 } } },
        { op: "Constant", inputs: [], outputs: ["b"], attributes: { value_ints: [1, 2] } },
        { op: "Cast", inputs: ["b"], outputs: ["c"], attributes: { to: 1 } },
        {
          op: "Constant",
          inputs: [],
          outputs: ["d"],
          attributes: { value_floats: { floats: [0.5, 4] } },
        },
        { op: "Mul", inputs: ["c", "d"], outputs: ["e"] },
        { op: "Mul", inputs: ["x", "a"], outputs: ["f"] },
        { op: "Add", inputs: ["f", "e"], outputs: ["y"] },
      ],
      outputs: ["y"],
    });
    expect(evaluateFloat(graph, [Float64Array.of(1, 10)]).get("y")).toEqual(
      Float64Array.of(2.5, 28),
    );
  });

  test("wrap around and round as their types do", () => {
    const graph = read(
      chain(
        [1],
        [
          ["b", "Add", ["a", "a"]],
          ["c", "Cast", ["b"], { to: 3 }],
          ["d", "Cast", ["c"], { to: 1 }],
          ["y", "Add", ["x", "d"]],
        ],
        { a: { dtype: "int32", dims: [], values: [2 ** 30 + 100] } },
      ),
    );
    // 2^31 + 200 is -2^31 + 200 in int32, whose low byte is 200, which is -56 in int8.
    expect(evaluateFloat(graph, [Float64Array.of(0)]).get("y")).toEqual(Float64Array.of(-56));
  });

  test("may be listed among the inputs, as in files of IR 3", () => {
    const model = chain([2], [["y", "Add", ["x", "w"]]], { w: { dims: [2], values: [1, 2] } });
    const listed = { ...model, inputs: { ...model.inputs, w: { dims: [2] } } };
    expect(read(listed).inputs.map(({ name }) => name)).toEqual(["x"]);
  });
});

describe("dimensions", () => {
  const model = chain(["batch", "steps", 3], [["y", "Relu", ["x"]]]);

  test("that are free and first are 1, others are what the caller says", () => {
    const graph = readFloatGraph(bytesOf(model), { dims: new Map([["steps", 4]]) });
    expect(graph.inputs).toEqual([{ name: "x", dtype: "float", dims: [1, 4, 3] }]);
    const two = readFloatGraph(bytesOf(model), {
      dims: new Map([
        ["steps", 4],
        ["batch", 2],
      ]),
    });
    expect(two.outputs[0]?.dims).toEqual([2, 4, 3]);
  });

  test("that nobody fixed are refused, and so are those that do not exist", () => {
    expect(() => read(model)).toThrow(/input "x": dimension 1 is "steps"/);
    const dims = new Map([
      ["steps", 4],
      ["heads", 2],
    ]);
    expect(() => readFloatGraph(bytesOf(model), { dims })).toThrow(/no input has a free dimension/);
  });
});

describe("activation functions written as products", () => {
  const half = { half: scalar(0.5), one: scalar(1), root: scalar(Math.SQRT2) };
  test.each<[string, TestModel]>([
    [
      "Gelu",
      chain(
        [9],
        [
          ["a", "Div", ["x", "root"]],
          ["b", "Erf", ["a"]],
          ["c", "Add", ["one", "b"]],
          ["d", "Mul", ["half", "x"]],
          ["y", "Mul", ["d", "c"]],
        ],
        half,
      ),
    ],
    [
      "Gelu",
      chain(
        [9],
        [
          ["p", "Pow", ["x", "three"]],
          ["q", "Mul", ["p", "small"]],
          ["r", "Add", ["x", "q"]],
          ["s", "Mul", ["r", "factor"]],
          ["t", "Tanh", ["s"]],
          ["u", "Add", ["t", "one"]],
          ["v", "Mul", ["x", "u"]],
          ["y", "Mul", ["v", "half"]],
        ],
        { ...half, three: scalar(3), small: scalar(0.044715), factor: scalar(0.7978845608) },
      ),
    ],
    [
      "Swish",
      chain(
        [9],
        [
          ["s", "Sigmoid", ["x"]],
          ["y", "Mul", ["s", "x"]],
        ],
      ),
    ],
    [
      "Swish",
      chain(
        [9],
        [
          ["k", "Mul", ["x", "k2"]],
          ["s", "Sigmoid", ["k"]],
          ["y", "Mul", ["x", "s"]],
        ],
        {
          k2: scalar(1.702),
        },
      ),
    ],
    [
      "HardSwish",
      chain(
        [9],
        [
          ["a", "Add", ["x", "three"]],
          ["b", "Clip", ["a", "zero", "six"]],
          ["c", "Mul", ["x", "b"]],
          ["y", "Div", ["c", "six"]],
        ],
        { three: scalar(3), zero: scalar(0), six: scalar(6) },
      ),
    ],
    [
      "HardSwish",
      chain(
        [9],
        [
          ["h", "HardSigmoid", ["x"], { alpha: { f: 1 / 6 }, beta: { f: 0.5 } }],
          ["y", "Mul", ["x", "h"]],
        ],
      ),
    ],
    [
      "Mish",
      chain(
        [9],
        [
          ["p", "Softplus", ["x"]],
          ["t", "Tanh", ["p"]],
          ["y", "Mul", ["x", "t"]],
        ],
      ),
    ],
  ])("%s is found whole", async (name, model) => {
    const graph = await expectSame(model);
    expect(opsOf(graph)).toBe("Unary");
    expect(graph.nodes[0]?.attributes.get("function")).toBe(name);
  });

  test("Softsign is found in the ties of an SVM", async () => {
    const graph = await expectSame(
      chain(
        [9],
        [
          ["a", "Abs", ["x"]],
          ["b", "Add", ["a", "one"]],
          ["c", "Mul", ["b", "three"]],
          ["y", "Div", ["x", "c"]],
        ],
        { one: scalar(1), three: scalar(3) },
      ),
    );
    expect(opsOf(graph)).toBe("Unary Mul");
  });

  test("what only looks like one stays as it is", async () => {
    const graph = await expectSame(
      chain(
        [9],
        [
          ["a", "Div", ["x", "root"]],
          ["b", "Erf", ["a"]],
          ["c", "Add", ["b", "two"]],
          ["d", "Mul", ["half", "x"]],
          ["y", "Mul", ["d", "c"]],
        ],
        { half: scalar(0.5), root: scalar(Math.SQRT2), two: scalar(2) },
      ),
    );
    expect(opsOf(graph)).toBe("Mul Unary Add Mul Mul");
  });
});

describe("factors and offsets behind a linear layer", () => {
  const w: TestTensor = { dims: [3, 2, 1, 1], values: [1, -2, 3, 0.5, 2, 1] };
  const perMap: TestTensor = { dims: [3, 1, 1], values: [2, -1, 0.5] };

  test("go into a Conv", async () => {
    const graph = await expectSame(
      chain(
        [1, 2, 3, 3],
        [
          ["c", "Conv", ["x", "w"]],
          ["m", "Mul", ["c", "s"]],
          ["a", "Add", ["s", "m"]],
          ["y", "Sub", ["a", "two"]],
        ],
        { w, s: perMap, two: scalar(2) },
      ),
    );
    expect(opsOf(graph)).toBe("Conv");
    expect(graph.notices).toContain('node "Mul_m" (Mul): folded into node "Conv_c" (Conv)');
  });

  test("go into a MatMul, past its bias", async () => {
    const graph = await expectSame(
      chain(
        [2, 3],
        [
          ["p", "MatMul", ["x", "w"]],
          ["b", "Add", ["p", "bias"]],
          ["m", "Mul", ["b", "f"]],
          ["y", "Add", ["m", "bias"]],
        ],
        {
          w: { dims: [3, 2], values: [1, 2, 3, -4, 5, 6] },
          bias: { dims: [2], values: [1, -1] },
          f: { dims: [1, 2], values: [3, 0.5] },
        },
      ),
    );
    expect(opsOf(graph)).toBe("MatMul Add");
  });

  test("stay where somebody else reads what lies between", async () => {
    const graph = await expectSame({
      ...chain(
        [1, 2, 3, 3],
        [
          ["c", "Conv", ["x", "w"]],
          ["m", "Mul", ["c", "s"]],
        ],
        { w, s: perMap },
      ),
      outputs: ["c", "m"],
    });
    expect(opsOf(graph)).toBe("Conv Mul");
  });

  test("stay where they differ from place to place", async () => {
    const map: TestTensor = { dims: [3, 3], values: [1, 2, 3, 4, 5, 6, 7, 8, 9] };
    const graph = await expectSame(
      chain(
        [1, 2, 3, 3],
        [
          ["c", "Conv", ["x", "w"]],
          ["y", "Mul", ["c", "map"]],
        ],
        { w, map },
      ),
    );
    expect(opsOf(graph)).toBe("Conv Mul");
  });
});

describe("the end of a network", () => {
  test.each([
    ["Softmax", {}, 17],
    ["LogSoftmax", { axis: 1 }, 11],
  ] as const)("%s is dropped with a notice", (op, attributes, opset) => {
    const graph = read(
      chain(
        [1, 3],
        [
          ["z", "Relu", ["x"]],
          ["y", op, ["z"], attributes],
        ],
        {},
        { opset },
      ),
    );
    expect(opsOf(graph)).toBe("Relu");
    expect(graph.outputs[0]?.name).toBe("z");
    expect(graph.notices[0]).toMatch(/dropped as the last node/);
  });

  test("a Softmax inside stays, and an ArgMax reads through it", () => {
    const inside = read(
      chain(
        [1, 3],
        [
          ["s", "Softmax", ["x"]],
          ["y", "Relu", ["s"]],
        ],
      ),
    );
    expect(opsOf(inside)).toBe("Softmax Relu");
    const chosen = read(
      chain(
        [1, 3],
        [
          ["s", "Softmax", ["x"]],
          ["y", "ArgMax", ["s"], { axis: 1 }],
        ],
      ),
    );
    expect(opsOf(chosen)).toBe("ArgMax");
    const across = read(
      chain(
        [2, 3],
        [
          ["s", "Softmax", ["x"]],
          ["y", "ArgMax", ["s"], { axis: 0 }],
        ],
      ),
    );
    expect(opsOf(across)).toBe("Softmax ArgMax");
  });

  test("a label is cut off where its scores are an output too, and kept where it is alone", () => {
    const nodes = [
      ["z", "Relu", ["x"]],
      ["y", "ArgMax", ["z"], { axis: 1 }],
    ] as const;
    const both = read(chain([1, 3], nodes, {}, { outputs: ["y", "z"] }));
    expect(both.outputs.map(({ name }) => name)).toEqual(["z"]);
    expect(opsOf(read(chain([1, 3], nodes)))).toBe("Relu ArgMax");
  });

  test("an output that is an input, or another output once more, is named", () => {
    const same = read(chain([2], [["y", "Identity", ["x"]]]));
    expect(opsOf(same)).toBe("Reshape");
    const twice = read(
      chain(
        [2],
        [
          ["r", "Relu", ["x"]],
          ["y", "Identity", ["r"]],
        ],
        {},
        { outputs: ["r", "y"] },
      ),
    );
    expect(twice.outputs).toHaveLength(1);
    expect(twice.notices[0]).toMatch(/is another output once more/);
  });
});

describe("names", () => {
  test("that are long, strange or missing become short ones, and stay apart", () => {
    const long = "a".repeat(200);
    const graph = read({
      inputs: { "in put": { dims: [2] } },
      nodes: [
        { op: "Relu", inputs: ["in put"], outputs: [long], name: "" },
        { op: "Neg", inputs: [long], outputs: ["y"], name: "n" },
        { op: "Abs", inputs: ["y"], outputs: ["z"], name: "n" },
      ],
      outputs: ["z"],
    });
    const names = graph.nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
    for (const name of [...names, ...graph.types.keys()])
      expect(name).toMatch(/^[\x21-\x7e]{1,128}$/);
  });
});

describe("evaluation", () => {
  test("refuses inputs of another number or size", () => {
    const graph = read(chain([2], [["y", "Relu", ["x"]]]));
    expect(() => evaluateFloat(graph, [])).toThrow("0 inputs, expected 1");
    expect(() => evaluateFloat(graph, [Float64Array.of(1)])).toThrow(
      "input x has 1 elements, expected 2",
    );
  });

  test("gives every value, inputs and constants included", () => {
    const graph = read(
      chain([2], [["y", "Add", ["x", "w"]]], { w: { dims: [2], values: [1, 2] } }),
    );
    const values = evaluateFloat(graph, [Float64Array.of(0.1, 4)]);
    expect([...values.keys()].sort()).toEqual(["w", "x", "y"]);
    expect(values.get("x")?.[0]).toBe(Math.fround(0.1));
  });
});
