/**
 * Small layers at random, each in both forms: an integer graph, which is lowered to rows, and circom source that puts the
 * templates together. For the test that both forms mean the same.
 * @module
 */
import fc from "fast-check";
import { GraphWriter, type Written } from "../../models/exact/graph-writer.ts";
import { type IntegerGraph, readIntegerGraph } from "../../models/integer-graph.ts";
import type { Attribute } from "../../models/operators/operator.ts";

/** The same function of the same inputs, flat, as graph and as `main` of x[…] with outputs y[…]. */
export interface LayerPair {
  readonly what: string;
  readonly graph: IntegerGraph;
  readonly source: string;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** What of a circom program differs from layer to layer. */
interface Body {
  readonly includes: readonly string[];
  readonly inputs: number;
  readonly outputs: number;
  readonly lines: readonly string[];
}

function sourceOf({ includes, inputs, outputs, lines }: Body): string {
  return `pragma circom 2.1.0;
${includes.map((name) => `include "${name}.circom";`).join("\n")}
template Main() {
    signal input x[${inputs}];
    signal output y[${outputs}];
${lines.map((line) => `    ${line}`).join("\n")}
}
component main {public [x]} = Main();
`;
}

function graphOf(
  sizes: readonly number[],
  ranges: readonly Range[],
  write: (writer: GraphWriter, inputs: readonly Written[]) => Written,
): IntegerGraph {
  const writer = new GraphWriter();
  const inputs = sizes.map((size, i) =>
    writer.input(`x${i}`, { dtype: "int32", dims: [1, size] }, ranges[i] as Range),
  );
  const output = write(writer, inputs);
  const bytes = writer.finish("layer", [output], {
    inputs: inputs.map(({ name }, i) => ({ name, ...(ranges[i] as Range), scale: 1 })),
    outputs: [{ name: output.name, scale: 1, labels: [] }],
  });
  return readIntegerGraph(bytes);
}

/** Least n with all of the range in [−2^n, 2^n). */
function signedBits({ min, max }: Range): number {
  let n = 0;
  while (min < -(2 ** n) || max >= 2 ** n) n++;
  return n;
}

const anyRange = fc
  .tuple(fc.integer({ min: -300, max: 300 }), fc.integer({ min: 1, max: 400 }))
  .map(([min, span]): Range => ({ min, max: min + span }));

const between = ({ min: a, max: b }: Range, { min: c, max: d }: Range): Range => ({
  min: a - d,
  max: b - c,
});

/** Σ w·x + b for each output, pooled in twos where it is to be, rounded and clipped: what a network is made of. */
const anyRounding = fc
  .record({
    weights: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 2, 4))
      .chain(([inputs, outputs]) =>
        fc.array(
          fc.array(fc.integer({ min: -7, max: 7 }), { minLength: inputs, maxLength: inputs }),
          { minLength: outputs, maxLength: outputs },
        ),
      ),
    bias: fc.integer({ min: -60, max: 60 }),
    top: fc.constantFrom(1, 15),
    shift: fc.integer({ min: 0, max: 5 }),
    bits: fc.integer({ min: 1, max: 5 }),
    isPooled: fc.boolean(),
  })
  .map((layer): LayerPair => {
    const { weights, bias, top, shift, bits } = layer;
    const inputs = weights[0]?.length ?? 0;
    const isPooled = layer.isPooled && weights.length > 1;
    const range = { min: 0, max: top };
    const accumulators = weights.map((row) => accumulatorOf(row, bias, range));
    const pooled = isPooled ? pairsOf(accumulators).map(greatestOf) : accumulators;
    const graph = graphOf([inputs], [range], (writer, [x]) => {
      const columns = weights[0]?.map((_, k) => weights.map((row) => row[k] ?? 0)) ?? [];
      const matrix = writer.constant("int32", [inputs, weights.length], columns.flat());
      const sum = writer.node("sum", "MatMul", [x, matrix]);
      const lift = Math.ceil(2000 / 2 ** shift);
      const scalar = (value: number): Written => writer.constant("int32", [], [value]);
      const lifted = writer.node("lifted", "Add", [sum, scalar(bias + lift * 2 ** shift)]);
      const quotient = writer.node("quotient", "Div", [lifted, scalar(2 ** shift)]);
      const lowered = writer.node("lowered", "Sub", [quotient, scalar(lift)]);
      const clip = [lowered, scalar(0), scalar(2 ** bits - 1)];
      const rounded = writer.node("rounded", "Clip", clip);
      if (!isPooled) return rounded;
      const shape = writer.constant("int64", [2], [weights.length / 2, 2]);
      const paired = writer.node("paired", "Reshape", [rounded, shape]);
      return writer.node("pooled", "ReduceMax", [paired], { axes: [1], keepdims: 0 });
    });
    const lines = [
      `component dense = Dense(${inputs}, ${weights.length}, [${weights.map((row) => `[${row}]`)}], [${weights.map(() => bias)}]);`,
      `for (var i = 0; i < ${inputs}; i++) { dense.x[i] <== x[i]; }`,
      ...pooled.flatMap((acc, j) => [
        ...(isPooled ? poolLines(accumulators, j) : [`var acc${j} = dense.acc[${j}];`]),
        ...roundLines(acc, j, { shift, bits }),
      ]),
    ];
    const includes = ["dense", "rescale", "maximum"];
    const source = sourceOf({ includes, inputs, outputs: pooled.length, lines });
    return { what: `rounding ${JSON.stringify(layer)}`, graph, source };
  });

function accumulatorOf(row: readonly number[], bias: number, { max }: Range): Range {
  const sum = (keep: (w: number) => boolean): number =>
    row.filter(keep).reduce((total, w) => total + w * max, bias);
  return { min: sum((w) => w < 0), max: sum((w) => w > 0) };
}

function pairsOf<T>(values: readonly T[]): [T, T][] {
  return Array.from({ length: values.length / 2 }, (_, j) => [
    values[2 * j] as T,
    values[2 * j + 1] as T,
  ]);
}

function greatestOf([a, b]: readonly [Range, Range]): Range {
  return { min: Math.max(a.min, b.min), max: Math.max(a.max, b.max) };
}

function poolLines(accumulators: readonly Range[], j: number): string[] {
  const [a, b] = pairsOf(accumulators)[j] as [Range, Range];
  return [
    `component pool${j} = Maximum(${signedBits(between(a, b))});`,
    `pool${j}.a <== dense.acc[${2 * j}];`,
    `pool${j}.b <== dense.acc[${2 * j + 1}];`,
    `var acc${j} = pool${j}.m;`,
  ];
}

function roundLines(
  { min, max }: Range,
  j: number,
  { shift, bits }: { readonly shift: number; readonly bits: number },
): string[] {
  const below = Number(min < 0);
  let high = 0;
  while (max >= 2 ** (shift + bits + high) || min < -(2 ** (shift + bits + high))) high++;
  return [
    `component rescale${j} = Rescale(${shift}, ${bits}, ${high}, ${below});`,
    `rescale${j}.acc <== acc${j};`,
    `y[${j}] <== rescale${j}.y;`,
  ];
}

/** An operator of two elements, as a component with inputs a and b. */
const binary = (
  op: string,
  file: string,
  component: (difference: Range) => string,
  output: string,
): fc.Arbitrary<LayerPair> =>
  fc.tuple(anyRange, anyRange).map(([a, b]): LayerPair => {
    const graph = graphOf([1, 1], [a, b], (writer, inputs) => {
      const result = writer.node("result", op, inputs);
      return result.dtype === "int32" ? result : writer.node("number", "Cast", [result], { to: 6 });
    });
    const lines = [
      `component it = ${component(between(a, b))};`,
      "it.a <== x[0];",
      "it.b <== x[1];",
      `y[0] <== ${output};`,
    ];
    const source = sourceOf({ includes: [file], inputs: 2, outputs: 1, lines });
    return { what: `${op} of ${JSON.stringify([a, b])}`, graph, source };
  });

const lessThan = (difference: Range): string => `LessThan(${signedBits(difference)})`;

const anyLogic = fc.constantFrom("And", "Or", "Xor").map((op): LayerPair => {
  const bit = { min: 0, max: 1 };
  const graph = graphOf([1, 1], [bit, bit], (writer, inputs) => {
    const one = writer.constant("int32", [], [1]);
    const bools = inputs.map((input) =>
      writer.node(`${input.name}.bool`, "GreaterOrEqual", [input, one]),
    );
    return writer.node("number", "Cast", [writer.node("result", op, bools)], { to: 6 });
  });
  const lines = [`component it = ${op}();`, "it.a <== x[0];", "it.b <== x[1];", "y[0] <== it.z;"];
  return {
    what: op,
    graph,
    source: sourceOf({ includes: ["logic"], inputs: 2, outputs: 1, lines }),
  };
});

const anySelect = fc.tuple(anyRange, anyRange).map(([a, b]): LayerPair => {
  const graph = graphOf([1, 1, 1], [{ min: 0, max: 1 }, a, b], (writer, [c, ...values]) => {
    const one = writer.constant("int32", [], [1]);
    const condition = writer.node("condition", "GreaterOrEqual", [c, one]);
    return writer.node("result", "Where", [condition, ...values]);
  });
  const lines = [
    "component it = Select();",
    "it.c <== x[0];",
    "it.x <== x[1];",
    "it.y <== x[2];",
    "y[0] <== it.z;",
  ];
  const source = sourceOf({ includes: ["select"], inputs: 3, outputs: 1, lines });
  return { what: `Where of ${JSON.stringify([a, b])}`, graph, source };
});

const anyTable = fc
  .integer({ min: 1, max: 6 })
  .chain((n) =>
    fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 2 ** n, maxLength: 2 ** n }),
  )
  .map((entries): LayerPair => {
    const n = Math.log2(entries.length);
    const graph = graphOf([1], [{ min: 0, max: entries.length - 1 }], (writer, [x]) => {
      const table = writer.constant("int32", [entries.length], entries);
      return writer.node("entry", "Gather", [table, x]);
    });
    const lines = [`component it = Table(${n}, [${entries}]);`, "it.x <== x[0];", "y[0] <== it.y;"];
    const source = sourceOf({ includes: ["table"], inputs: 1, outputs: 1, lines });
    return { what: `table ${entries}`, graph, source };
  });

const anyProduct = fc
  .tuple(fc.integer({ min: 1, max: 4 }), anyRange, anyRange)
  .map(([n, a, b]): LayerPair => {
    const graph = graphOf([n, n], [a, b], (writer, [left, right]) => {
      const shape = writer.constant("int64", [2], [n, 1]);
      const column = writer.node("column", "Reshape", [right, shape]);
      return writer.node("result", "MatMul", [left, column]);
    });
    const lines = [
      `component it = SumOfProducts(${n}, 0, 0);`,
      `for (var i = 0; i < ${n}; i++) { it.a[i] <== x[i]; it.b[i] <== x[${n} + i]; }`,
      "y[0] <== it.out;",
    ];
    const source = sourceOf({ includes: ["product"], inputs: 2 * n, outputs: 1, lines });
    return { what: `product of ${n} in ${JSON.stringify([a, b])}`, graph, source };
  });

const anyDivision = fc
  .tuple(fc.constantFrom("Div", "Mod"), fc.integer({ min: 1, max: 40 }), anyRange)
  .map(([op, d, range]): LayerPair => {
    const attributes: Record<string, Attribute> = op === "Mod" ? { fmod: 0 } : {};
    const graph = graphOf([1], [range], (writer, [x]) =>
      writer.node("result", op, [x, writer.constant("int32", [], [d])], attributes),
    );
    let n = 0;
    while (range.min < -(2 ** n) * d || range.max >= 2 ** n * d) n++;
    const k = d === 1 ? 0 : Math.floor(Math.log2(d - 1)) + 1;
    const lines = [
      `component it = Divide(${d}, ${n}, ${k});`,
      "it.x <== x[0];",
      `y[0] <== it.${op === "Div" ? "truncated" : "remainder"};`,
    ];
    const source = sourceOf({ includes: ["division"], inputs: 1, outputs: 1, lines });
    return { what: `${op} by ${d} of ${JSON.stringify(range)}`, graph, source };
  });

const anySign = fc.tuple(fc.constantFrom("Abs", "Sign"), anyRange).map(([op, range]): LayerPair => {
  const graph = graphOf([1], [range], (writer, [x]) => writer.node("result", op, [x]));
  const [template, output] = op === "Abs" ? ["Absolute", "magnitude"] : ["Sign", "sign"];
  const lines = [
    `component it = ${template}(${signedBits(range)});`,
    "it.x <== x[0];",
    `y[0] <== it.${output};`,
  ];
  const source = sourceOf({ includes: ["absolute"], inputs: 1, outputs: 1, lines });
  return { what: `${op} of ${JSON.stringify(range)}`, graph, source };
});

const anyPosition = fc
  .tuple(fc.integer({ min: 2, max: 5 }), anyRange)
  .map(([count, range]): LayerPair => {
    const graph = graphOf([count], [range], (writer, [x]) =>
      writer.node(
        "number",
        "Cast",
        [writer.node("result", "ArgMax", [x], { axis: 1, keepdims: 1 })],
        {
          to: 6,
        },
      ),
    );
    const n = signedBits(between(range, range));
    const lines = [
      `component it = GreatestPosition(${n}, ${count});`,
      `for (var i = 0; i < ${count}; i++) { it.value[i] <== x[i]; }`,
      "y[0] <== it.position;",
    ];
    const source = sourceOf({ includes: ["position"], inputs: count, outputs: 1, lines });
    return { what: `ArgMax of ${count} in ${JSON.stringify(range)}`, graph, source };
  });

/** Roundings twice as often as all others: networks are made of them. */
export const anyLayer: fc.Arbitrary<LayerPair> = fc.oneof(
  { arbitrary: anyRounding, weight: 12 },
  binary("Max", "maximum", (d) => `Maximum(${signedBits(d)})`, "it.m"),
  binary("Less", "compare", lessThan, "it.less"),
  binary("GreaterOrEqual", "compare", lessThan, "1 - it.less"),
  binary("Equal", "compare", () => "IsEqual()", "it.equal"),
  anyLogic,
  anySelect,
  anyTable,
  anyProduct,
  anyDivision,
  anySign,
  anyPosition,
);
