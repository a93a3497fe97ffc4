/**
 * Activation functions that exporters write out as products: x · ½(1 + erf(x / √2)) is Gelu, x · sigmoid(x) is Swish. Found
 * whole, they cost one table; piece by piece several, and more error. A product is looked at as the set of its factors, so
 * that the order in which a framework multiplies does not matter.
 * @module
 */
import type { Draft, DraftNode, Value } from "./draft.ts";
import type { Attribute } from "./float-graph.ts";

type Producers = ReadonlyMap<Value, DraftNode>;

/** Products of more factors than any of these functions is written with are not looked into. */
const MAX_FACTORS = 6;
const MAX_STEPS = 16;

/** The nodes again, with activation functions in place of the products that end them; what led there may be dead. */
export function foundFunctions(draft: Draft, nodes: readonly DraftNode[]): DraftNode[] {
  const producers = new Map<Value, DraftNode>();
  return nodes.flatMap((node) => {
    const found =
      node.op === "Mul"
        ? functionOf(node, producers)
        : node.op === "Div"
          ? softsign(node, producers)
          : undefined;
    const kept = found === undefined ? [node] : written(draft, node, found);
    for (const one of kept) producers.set(one.output, one);
    return kept;
  });
}

function written(draft: Draft, node: DraftNode, { x, attributes, scale = 1 }: Found): DraftNode[] {
  const unary = {
    ...node,
    op: "Unary",
    inputs: [x],
    attributes: new Map(Object.entries(attributes)),
  };
  if (scale === 1) return [unary];
  const { dtype, dims } = node.output;
  const output: Value = { dtype, dims, name: "" };
  const factor = draft.scalar(output, scale);
  return [
    { ...unary, output },
    { ...node, op: "Mul", inputs: [output, factor], attributes: new Map() },
  ];
}

/** x / (c · (1 + |x|)), by which scikit-learn breaks ties between the votes of an SVM. */
function softsign({ inputs }: DraftNode, producers: Producers): Found | undefined {
  const [x, divisor] = inputs;
  if (x === undefined || divisor === undefined) return undefined;
  const { scale, factors } = productOf([divisor], producers);
  const sum = plusConstant(factors[0], producers);
  const size = sum === undefined ? undefined : producers.get(sum.x);
  const isSize = size?.op === "Unary" && size.attributes.get("function") === "Abs";
  if (factors.length !== 1 || !isSize || size.inputs[0] !== x) return undefined;
  if (sum?.constant !== 1) return undefined;
  return { x, attributes: { function: "Softsign" }, scale: 1 / scale };
}

interface Found {
  readonly x: Value;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** What the function is multiplied by, 1 unless told. */
  readonly scale?: number;
}

interface Product {
  readonly scale: number;
  readonly factors: readonly Value[];
}

function functionOf(node: DraftNode, producers: Producers): Found | undefined {
  const { scale, factors } = productOf(node.inputs, producers);
  const [a, b] = factors;
  if (a === undefined || b === undefined || factors.length !== 2) return undefined;
  return gated(a, b, scale, producers) ?? gated(b, a, scale, producers);
}

/** x times a gate that is a function of x. */
function gated(x: Value, gate: Value, scale: number, producers: Producers): Found | undefined {
  const producer = producers.get(gate);
  if (producer === undefined) return undefined;
  const of = (name: string): boolean =>
    producer.op === "Unary" && producer.attributes.get("function") === name;
  const readsX = producer.inputs[0] === x;
  if (of("Sigmoid") && near(scale, 1)) {
    if (readsX) return { x, attributes: { function: "Swish", alpha: 1 } };
    const inner = productOf(producer.inputs.slice(0, 1), producers);
    if (inner.factors.length === 1 && inner.factors[0] === x) {
      return { x, attributes: { function: "Swish", alpha: inner.scale } };
    }
  }
  if (of("HardSigmoid") && readsX && near(scale, 1)) {
    const { attributes } = producer;
    const isHardSwish =
      near(attributes.get("alpha") as number, 1 / 6) && near(attributes.get("beta") as number, 0.5);
    if (isHardSwish) return { x, attributes: { function: "HardSwish" } };
  }
  if (producer.op === "Clip" && near(scale, 1 / 6)) {
    const { attributes } = producer;
    const isSixth = attributes.get("min") === 0 && attributes.get("max") === 6;
    const shifted = plusConstant(producer.inputs[0], producers);
    if (isSixth && shifted?.x === x && near(shifted.constant, 3)) {
      return { x, attributes: { function: "HardSwish" } };
    }
  }
  if (of("Tanh") && near(scale, 1)) {
    const inner = producers.get(producer.inputs[0] as Value);
    const isSoftplus = inner?.op === "Unary" && inner.attributes.get("function") === "Softplus";
    if (isSoftplus && inner.inputs[0] === x) return { x, attributes: { function: "Mish" } };
  }
  return near(scale, 0.5) ? gelu(x, gate, producers) : undefined;
}

function gelu(x: Value, gate: Value, producers: Producers): Found | undefined {
  const sum = plusConstant(gate, producers);
  const inner = sum === undefined ? undefined : producers.get(sum.x);
  if (sum === undefined || inner?.op !== "Unary" || !near(sum.constant, 1)) return undefined;
  const argument = productOf(inner.inputs, producers);
  const [only] = argument.factors;
  if (only === undefined || argument.factors.length !== 1) return undefined;
  const name = inner.attributes.get("function");
  if (name === "Erf" && only === x && near(argument.scale, Math.SQRT1_2)) {
    return { x, attributes: { function: "Gelu", approximate: "none" } };
  }
  const isApproximate =
    name === "Tanh" && near(argument.scale, Math.sqrt(2 / Math.PI)) && isCubic(x, only, producers);
  return isApproximate ? { x, attributes: { function: "Gelu", approximate: "tanh" } } : undefined;
}

/** x + 0.044715 x³, the argument of Gelu's approximation (Hendrycks and Gimpel 2016). */
function isCubic(x: Value, value: Value, producers: Producers): boolean {
  const sum = producers.get(value);
  if (sum?.op !== "Add" || !sum.inputs.includes(x)) return false;
  const other = sum.inputs[0] === x ? sum.inputs[1] : sum.inputs[0];
  if (other === undefined) return false;
  const { scale, factors } = productOf([other], producers);
  if (!near(scale, 0.044715)) return false;
  if (factors.length === 3) return factors.every((factor) => factor === x);
  const power = producers.get(factors[0] as Value);
  return (
    factors.length === 1 &&
    power?.op === "Unary" &&
    power.attributes.get("function") === "Pow" &&
    power.attributes.get("exponent") === 3 &&
    power.inputs[0] === x
  );
}

/** Constants multiplied into one number, and the other factors, as far as products reach. */
function productOf(values: readonly Value[], producers: Producers): Product {
  let scale = 1;
  const factors: Value[] = [];
  const open = [...values];
  let steps = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const constant = uniform(value);
    const producer = producers.get(value);
    if (constant !== undefined) scale *= constant;
    else if (
      producer?.op === "Mul" &&
      factors.length + open.length < MAX_FACTORS &&
      ++steps < MAX_STEPS
    ) {
      open.push(...producer.inputs);
    } else factors.push(value);
  }
  return { scale, factors };
}

function plusConstant(
  value: Value | undefined,
  producers: Producers,
): { readonly x: Value; readonly constant: number } | undefined {
  const producer = value === undefined ? undefined : producers.get(value);
  const [a, b] = producer?.op === "Add" ? producer.inputs : [];
  if (a === undefined || b === undefined) return undefined;
  const [left, right] = [uniform(a), uniform(b)];
  if (right !== undefined) return { x: a, constant: right };
  return left === undefined ? undefined : { x: b, constant: left };
}

/** The number that all elements of a constant are; a shape of more than one element would widen x. */
function uniform({ values }: Value): number | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

/** Exporters write constants as float32. */
function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-5 * Math.abs(b);
}
