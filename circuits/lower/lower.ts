/**
 * Lowers an integer graph to the rows of a circuit: node by node, element by element, by the form of each operator.
 * Weights are constants and linear layers cost no row; each activation is decomposed once, at the width that the weights
 * prove. A circuit whose widths cannot be proven does not compile.
 * @module
 */
import type { GraphInput, IntegerGraph } from "../../models/integer-graph.ts";
import { bounds } from "../../models/interval.ts";
import { type Step, stepsOf } from "../../models/kernels.ts";
import { nodeLabel } from "../../models/onnx/allow.ts";
import { elementCount } from "../../models/onnx/tensor.ts";
import type { Interval } from "../../models/operators/operator.ts";
import { R } from "../../proof/groth16/points.ts";
import { CircuitError } from "../error.ts";
import { type Uses, usesOf } from "./demand.ts";
import {
  addTag,
  defaultVisibility,
  type InputWires,
  inputElements,
  inputWires,
  setInput,
  setSalts,
} from "./inputs.ts";
import type { LayerReport, LoweredCircuit, Visibility, WitnessQuestion } from "./lowered.ts";
import { lowerForm } from "./lowerings.ts";
import { wireOf } from "./product.ts";
import { type Element, isRounded } from "./rounded.ts";
import { Rows, STEP, type Steps } from "./rows.ts";
import type { Site } from "./site.ts";
import { constantSum, type Sum, scaled, ZERO } from "./sum.ts";
import { failed, WitnessRun } from "./witness.ts";

/**
 * @param visibility one per input; default public up to 1,024 elements and hashed above
 * @throws CircuitError `UNSUPPORTED_GRAPH` naming the node, `BOUND_UNPROVEN`, `BAD_VISIBILITY`
 */
export function lower(
  graph: IntegerGraph,
  visibility: readonly Visibility[] = graph.inputs.map(defaultVisibility),
): LoweredCircuit {
  const inputs = graph.inputs.map((input, k) => [input, visibility[k]] as const);
  const isComplete = inputs.every(
    (pair): pair is [GraphInput, Visibility] => pair[1] !== undefined,
  );
  if (!isComplete || visibility.length !== inputs.length) {
    throw new CircuitError(
      "BAD_VISIBILITY",
      `${graph.name} has ${inputs.length} inputs, and ${visibility.length} are said to be seen`,
      "Say of every input whether it is public, hashed or private.",
    );
  }
  const rows = new Rows();
  const firstOutput = rows.wires;
  const outputs = graph.outputs.reduce((sum, { dims }) => sum + elementCount(dims), 0);
  for (let i = 0; i < outputs; i++) rows.addWire(...INT32);
  const tag = rows.addFullWire();
  const places = inputWires(rows, inputs);
  const publicInputs = countPublic(places);
  const privateInputs = rows.wires - (1 + outputs + 1 + publicInputs);

  const lowering = new GraphLowering(graph, rows);
  addTag(rows, tag);
  places.forEach((place, k) => {
    lowering.addInput(place, 1 + k);
  });
  const nodeLayers = 1 + places.length;
  stepsOf(graph).forEach((step, k) => {
    lowering.addNode(step, k, nodeLayers + k);
  });
  lowering.addOutputs(firstOutput);

  const { a, b, c, steps } = rows.finish();
  const program = { wires: rows.wires, a, b, c, steps };
  const inverses = new Map<number, bigint>();
  const used = rows.rows + outputs + 1 + publicInputs + 1;
  return {
    wires: rows.wires,
    publicSignals: { outputs, tag: 1, inputs: publicInputs },
    privateInputs,
    visibility: [...visibility],
    rows: rows.rows,
    domain: { used, size: 2 ** Math.ceil(Math.log2(used)) },
    a,
    b,
    c,
    layers: reports(graph, rows, places, nodeLayers),
    hints: hintsOf(steps),
    witness: (question) => {
      const run = new WitnessRun(program, inverses);
      setQuestion(run, { tag, places }, question);
      return run.finish();
    },
  };
}

/** What an output can be: no node computes more than 32 bits. */
const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;

/**
 * A row costs whoever proves, every time; a term of C costs only whoever makes the key. So a sum that is read often
 * becomes a wire only where it saves this many terms.
 */
const TERMS_PER_ROW = 64;

/** A value of the graph. */
interface Tensor {
  at(index: number): Element;
  /** By element, how often it is read. */
  readonly uses: Uint32Array;
}

const NOBODY = new Uint32Array(0);
/** An operand that was left out: an operator reads none of its elements. */
const NO_TENSOR: Tensor = { at: () => ZERO, uses: NOBODY };

class GraphLowering {
  readonly #graph: IntegerGraph;
  readonly #rows: Rows;
  readonly #intervals: ReadonlyMap<string, Interval>;
  readonly #uses: Uses;
  readonly #tensors = new Map<string, Tensor>();
  readonly #layers = new Map<string, number>();
  readonly #constants = new Map<number, Sum>();
  /** Long sums that have become wires. */
  readonly #wires = new Map<Sum, Sum>();

  constructor(graph: IntegerGraph, rows: Rows) {
    this.#graph = graph;
    this.#rows = rows;
    this.#intervals = bounds(graph);
    this.#uses = usesOf(graph, stepsOf(graph), this.#intervals);
    for (const [name, { values }] of graph.constants) {
      this.#tensors.set(name, {
        at: (index) => this.#constant(values[index] as number),
        uses: NOBODY,
      });
    }
  }

  addInput(place: InputWires, layer: number): void {
    const elements = this.#rows.within(layer, () => inputElements(this.#rows, place));
    this.#keep(place.input.name, elements);
  }

  addNode({ node, writes, kernel }: Step, position: number, layer: number): void {
    const interval = this.#intervals.get(writes);
    const uses = this.#uses.get(writes);
    const count = elementCount(kernel.output.dims);
    const constantAt = (i: number): number | undefined => {
      const min = interval?.min[i];
      return min === interval?.max[i] ? min : undefined;
    };
    const operands = node.inputs.map((name) => this.#tensors.get(name) ?? NO_TENSOR);
    const label = nodeLabel({ name: node.name, opType: node.op }, position);
    const site: Site = {
      rows: this.#rows,
      label,
      count,
      isLive: (i) => uses?.[i] !== 0 && constantAt(i) === undefined,
      element: (operand, index) => (operands[operand] ?? NO_TENSOR).at(index),
      sum: (operand, index) => this.#sum(operands[operand] ?? NO_TENSOR, index),
    };
    const elements: (Element | undefined)[] = new Array(count).fill(undefined);
    this.#rows.within(layer, () => {
      try {
        const lowered = lowerForm(kernel.form, site);
        for (let i = 0; i < count; i++) {
          const constant = constantAt(i);
          if (constant !== undefined) elements[i] = this.#constant(constant);
          else if (uses?.[i] !== 0) elements[i] = lowered(i);
        }
      } catch (error) {
        throw named(error, label);
      }
    });
    this.#keep(writes, elements);
    this.#layers.set(writes, layer);
  }

  addOutputs(first: number): void {
    let wire = first;
    for (const { name, dims } of this.#graph.outputs) {
      const tensor = this.#tensors.get(name) ?? NO_TENSOR;
      this.#rows.within(this.#layers.get(name) ?? 0, () => {
        for (let i = 0; i < elementCount(dims); i++) {
          const sum = this.#value(tensor.at(i));
          this.#rows.addSolvedRow(ZERO, ZERO, wire, 1, scaled(sum, -1));
          wire += 1;
        }
      });
    }
  }

  #keep(name: string, elements: readonly (Element | undefined)[]): void {
    const at = (index: number): Element => {
      const element = elements[index];
      // A form reads what `usesOf` has seen it read, and nothing else.
      if (element === undefined) throw new Error(`element ${index} of ${name} was left out`);
      return element;
    };
    this.#tensors.set(name, { at, uses: this.#uses.get(name) ?? NOBODY });
  }

  #value(element: Element): Sum {
    return isRounded(element) ? element.value(this.#rows) : element;
  }

  #sum(tensor: Tensor, index: number): Sum {
    const sum = this.#value(tensor.at(index));
    const uses = tensor.uses[index] ?? 0;
    if ((sum.wires.length - 1) * (uses - 1) <= TERMS_PER_ROW) return sum;
    let wire = this.#wires.get(sum);
    if (wire === undefined) {
      wire = wireOf(this.#rows, sum);
      this.#wires.set(sum, wire);
    }
    return wire;
  }

  #constant(value: number): Sum {
    let sum = this.#constants.get(value);
    if (sum === undefined) {
      sum = constantSum(value);
      this.#constants.set(value, sum);
    }
    return sum;
  }
}

/** A width that is not proven says at which node. */
function named(error: unknown, label: string): unknown {
  if (!(error instanceof CircuitError) || error.code !== "BOUND_UNPROVEN") return error;
  return new CircuitError(error.code, `${label}: ${error.message}`, error.hint, { cause: error });
}

function countPublic(places: readonly InputWires[]): number {
  return places.reduce((sum, { visibility, count }) => {
    return sum + (visibility === "public" ? count : visibility === "hashed" ? 1 : 0);
  }, 0);
}

function reports(
  graph: IntegerGraph,
  rows: Rows,
  places: readonly InputWires[],
  nodeLayers: number,
): LayerReport[] {
  const report = (
    node: string,
    op: string,
    dims: readonly number[],
    layer: number,
  ): LayerReport => {
    return { node, op, dims, ...rows.costOf(layer) };
  };
  return [
    report("tag", "Tag", [], 0),
    ...places.flatMap(({ input, visibility }, k) =>
      visibility === "public" ? [] : [report(input.name, "Input", input.dims, 1 + k)],
    ),
    ...stepsOf(graph).map(({ node, kernel }, k) =>
      report(node.name, node.op, kernel.output.dims, nodeLayers + k),
    ),
  ];
}

function hintsOf({ kinds, wires }: Steps): Uint32Array {
  return wires.filter((_, i) => kinds[i] === STEP.zeroTest).map((p) => p + 1);
}

function setQuestion(
  run: WitnessRun,
  { tag, places }: { readonly tag: number; readonly places: readonly InputWires[] },
  question: WitnessQuestion,
): void {
  if (question.tag < 0n || question.tag >= R) throw failed("the tag is no number of the field");
  if (question.inputs.length !== places.length) {
    throw failed(`there are ${question.inputs.length} inputs, expected ${places.length}`);
  }
  run.setFull(tag, question.tag);
  places.forEach((place, k) => {
    setInput(run, place, question.inputs[k]);
  });
  setSalts(run, places, question.salts);
}
