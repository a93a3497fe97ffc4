/**
 * Constant factors and offsets behind a Conv or a MatMul go into its weights: BatchNormalization, Scaler and biases then
 * cost nothing. Only where nobody else reads what lies between.
 * @module
 */
import type { Draft, DraftNode, Value } from "./draft.ts";
import { broadcastIndex, countOf } from "./operators/operator.ts";

/** Rewrites draft.nodes; `outputs` must stay as they are. */
export function foldLinear(draft: Draft, outputs: readonly Value[]): void {
  const uses = new Map<Value, number>();
  for (const { inputs } of draft.nodes) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  for (const output of outputs) uses.set(output, (uses.get(output) ?? 0) + 1);
  const nodes = new Map<Value, DraftNode>();
  const ownProducer = (value: Value): DraftNode | undefined =>
    uses.get(value) === 1 ? nodes.get(value) : undefined;
  for (const node of draft.nodes) {
    const folded = foldOne(draft, node, ownProducer);
    if (folded === undefined) {
      nodes.set(node.output, node);
      continue;
    }
    for (const gone of folded.gone) nodes.delete(gone.output);
    for (const kept of folded.kept) {
      nodes.set(kept.output, kept);
      uses.set(kept.output, uses.get(kept.output) ?? 1);
    }
    if (node.label !== folded.into.label) {
      draft.notices.push(`${node.label}: folded into ${folded.into.label}`);
    }
  }
  draft.nodes.splice(0, draft.nodes.length, ...nodes.values());
}

interface Folded {
  readonly gone: readonly DraftNode[];
  /** What takes their place, in order; the last one writes what the folded node wrote. */
  readonly kept: readonly DraftNode[];
  readonly into: DraftNode;
}

function foldOne(
  draft: Draft,
  node: DraftNode,
  ownProducer: (value: Value) => DraftNode | undefined,
): Folded | undefined {
  const step = affineStep(node);
  const before = step === undefined ? undefined : ownProducer(step.x);
  if (step === undefined || before === undefined) return undefined;
  if (before.op === "Conv") return intoConv(draft, node, step, before);
  if (before.op === "MatMul") return intoMatmul(draft, node, step, before);
  const inner = affineStep(before);
  if (inner === undefined || inner.kind !== "add") return undefined;
  const product = ownProducer(inner.x);
  if (product?.op !== "MatMul") return undefined;
  // (x · W + b) · f + t
  const constants = columns(step, node.output) && columns(inner, before.output);
  if (!constants) return undefined;
  const other = columns(inner, before.output) as Float64Array;
  const own = columns(step, node.output) as Float64Array;
  const offset = other.map((b, i) =>
    step.kind === "add" ? b + (own[i] as number) : b * (own[i] as number),
  );
  const scaled = step.kind === "add" ? product : scaledMatmul(draft, product, own);
  if (scaled === undefined) return undefined;
  const bias = draft.constant({ dtype: node.output.dtype, dims: [offset.length] }, offset);
  const sum: DraftNode = {
    ...before,
    op: "Add",
    inputs: [scaled.output, bias],
    output: node.output,
  };
  return { gone: [product, before], kept: [scaled, sum], into: product };
}

interface Step {
  readonly kind: "mul" | "add";
  readonly x: Value;
  readonly constant: Value;
  readonly sign: 1 | -1;
}

/** A node that multiplies by a constant, or adds one, without widening its operand. */
function affineStep({ op, inputs, output }: DraftNode): Step | undefined {
  const [a, b] = inputs;
  if (a === undefined || b === undefined) return undefined;
  if (op !== "Mul" && op !== "Add" && op !== "Sub") return undefined;
  const [x, constant] = b.values !== undefined ? [a, b] : [b, a];
  if (constant.values === undefined || x.dims.join() !== output.dims.join()) return undefined;
  if (op === "Sub" && constant === a) return undefined;
  return { kind: op === "Mul" ? "mul" : "add", x, constant, sign: op === "Sub" ? -1 : 1 };
}

/** The step's constant as one number per index of `axis` of the result, if it is the same along the others. */
function perIndex({ constant, sign }: Step, output: Value, axis: number): Float64Array | undefined {
  const { dims, values } = constant;
  const lead = output.dims.length - dims.length;
  const size = output.dims[axis];
  if (values === undefined || size === undefined) return undefined;
  if (!dims.every((dim, at) => dim === 1 || at + lead === axis)) return undefined;
  const index = broadcastIndex(countOf(dims) === 1 ? [] : [values.length], [size]);
  return Float64Array.from({ length: size }, (_, i) => sign * (values[index?.[i] ?? i] as number));
}

const columns = (step: Step, output: Value): Float64Array | undefined =>
  perIndex(step, output, output.dims.length - 1);

function intoConv(draft: Draft, node: DraftNode, step: Step, conv: DraftNode): Folded | undefined {
  const [x, weights, bias] = conv.inputs;
  const factors = perIndex(step, node.output, 1);
  if (x === undefined || weights?.values === undefined || factors === undefined) return undefined;
  if (bias !== undefined && bias.values === undefined) return undefined;
  const { dtype } = node.output;
  const maps = factors.length;
  const old = bias?.values ?? new Float64Array(maps);
  const perMap = weights.values.length / maps;
  const isMul = step.kind === "mul";
  const offsets = old.map((b, m) =>
    isMul ? b * (factors[m] as number) : b + (factors[m] as number),
  );
  const scaled = isMul
    ? draft.constant(
        { dtype, dims: weights.dims },
        weights.values.map((w, i) => w * (factors[Math.floor(i / perMap)] as number)),
      )
    : weights;
  const kept: DraftNode = {
    ...conv,
    inputs: [x, scaled, draft.constant({ dtype, dims: [maps] }, offsets)],
    output: node.output,
  };
  return { gone: [conv], kept: [kept], into: conv };
}

function intoMatmul(
  draft: Draft,
  node: DraftNode,
  step: Step,
  product: DraftNode,
): Folded | undefined {
  const factors = columns(step, node.output);
  if (step.kind !== "mul" || factors === undefined) return undefined;
  const scaled = scaledMatmul(draft, product, factors);
  if (scaled === undefined) return undefined;
  return { gone: [product], kept: [{ ...scaled, output: node.output }], into: product };
}

/** The columns of a constant right operand, each times its factor. */
function scaledMatmul(
  draft: Draft,
  product: DraftNode,
  factors: Float64Array,
): DraftNode | undefined {
  const [x, weights] = product.inputs;
  if (x === undefined || weights?.values === undefined || weights.dims.length !== 2)
    return undefined;
  const size = factors.length;
  const scaled = weights.values.map((w, i) => w * (factors[i % size] as number));
  const { dtype, dims } = weights;
  return { ...product, inputs: [x, draft.constant({ dtype, dims }, scaled)] };
}
