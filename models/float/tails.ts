/**
 * The end of a network. What only turns scores into probabilities keeps their order and is dropped: the scores are what is
 * proven. The label of a class is the position of its greatest score, and is dropped where the scores are an output too.
 * @module
 */
import { ModelError } from "../error.ts";
import { quoted } from "../onnx/allow.ts";
import type { Draft, DraftNode, Value } from "./draft.ts";
import { isFloat } from "./value.ts";

export interface NamedOutput {
  readonly name: string;
  readonly value: Value;
  readonly labels: readonly string[];
}

type Producers = ReadonlyMap<Value, DraftNode>;

export function producersOf(nodes: readonly DraftNode[]): Map<Value, DraftNode> {
  return new Map(nodes.map((node) => [node.output, node]));
}

/**
 * The outputs that are left, with their labels; ArgMax reads scores instead of probabilities from here on.
 * @throws ModelError `NO_INPUT` for an output that no input reaches
 */
export function cutTails(draft: Draft, outputs: ReadonlyMap<string, Value>): NamedOutput[] {
  bringOutSigmoids(draft);
  const before = producersOf(draft.nodes);
  draft.nodes.splice(0, draft.nodes.length, ...draft.nodes.map((node) => ofScores(node, before)));
  const producers = producersOf(draft.nodes);
  const found = [...outputs].map(([name, value]) => ({
    name,
    value,
    ...labelOf(value, producers),
  }));
  const scores = found.filter(({ isLabel }) => !isLabel);
  const kept: NamedOutput[] = [];
  for (const { name, value, isLabel, ranked } of found) {
    if (value.values !== undefined) {
      throw new ModelError(
        "NO_INPUT",
        `output ${quoted(name)} is a constant: it depends on no input`,
        "Remove the output, or check what the exporter folded.",
      );
    }
    const source = ranked === undefined ? undefined : scoresOf(ranked, producers).value;
    const hasScores = scores.some((other) => scoresOf(other.value, producers).value === source);
    if (isLabel && (hasScores || (value.labels !== undefined && scores.length > 0))) {
      draft.notices.push(
        `output ${quoted(name)}: cut off, the scores it is read from are an output`,
      );
      continue;
    }
    const core = scoresOf(value, producers);
    for (const node of core.dropped) {
      draft.notices.push(
        `${node.label}: dropped as the last node, it keeps the order of the scores`,
      );
    }
    const labels = value.labels ?? (isLabel ? [] : labelsFor(core.value, found, producers));
    if (kept.some((other) => other.value === core.value)) {
      draft.notices.push(`output ${quoted(name)}: cut off, it is another output once more`);
      continue;
    }
    kept.push({ name, value: core.value, labels: fitting(labels, core.value, isLabel) });
  }
  return kept;
}

/** Labels of classes name the elements of the scores, or the values of a label. */
function fitting(labels: readonly string[], value: Value, isLabel: boolean): readonly string[] {
  return isLabel || value.dims.at(-1) === labels.length ? labels : [];
}

interface Labelled {
  readonly value: Value;
  readonly isLabel: boolean;
  /** What the label is the position of the greatest element of. */
  readonly ranked: Value | undefined;
}

function labelsFor(
  core: Value,
  outputs: readonly Labelled[],
  producers: Producers,
): readonly string[] {
  for (const { ranked, value } of outputs) {
    if (ranked === undefined || value.labels === undefined) continue;
    if (scoresOf(ranked, producers).value === core) return value.labels;
  }
  return [];
}

function labelOf(value: Value, producers: Producers): Omit<Labelled, "value"> {
  let node = producers.get(value);
  for (let steps = 0; steps < MAX_TAIL; steps++) {
    if (node?.op !== "Reshape" && node?.op !== "Cast") break;
    const [input] = node.inputs;
    node = input === undefined ? undefined : producers.get(input);
  }
  const ranked = node?.op === "ArgMax" ? node.inputs[0] : undefined;
  // Scores may carry labels too, of a ZipMap; they are reals.
  return { isLabel: ranked !== undefined, ranked };
}

/** Positive and strictly rising functions, or division of a row by one positive number. */
const KEEPS_ORDER: ReadonlySet<string> = new Set([
  "Softmax",
  "LogSoftmax",
  "Logistic",
  "Normalizer",
]);

/** Of nodes at the end of a network that only change the form or scale of its scores; no exporter writes more. */
const MAX_TAIL = 16;

/** Back over what keeps the order. */
function scoresOf(
  value: Value,
  producers: Producers,
): { readonly value: Value; readonly dropped: readonly DraftNode[] } {
  const dropped: DraftNode[] = [];
  let at = value;
  for (let steps = 0; steps < MAX_TAIL; steps++) {
    const node = producers.get(at);
    const [input] = node?.inputs ?? [];
    if (node === undefined || input === undefined) break;
    const isFloatCast = node.op === "Cast" && isFloat(input.dtype) && isFloat(at.dtype);
    if (!KEEPS_ORDER.has(node.op) && !isFloatCast) break;
    if (!isFloatCast) dropped.push(node);
    at = input;
  }
  return { value: at, dropped };
}

/**
 * scikit-learn answers [1 - p, p] for two classes, p = sigmoid(z): that is the sigmoid of [-z, z], which can be dropped
 * where it is last.
 */
function bringOutSigmoids(draft: Draft): void {
  const producers = producersOf(draft.nodes);
  const nodes = draft.nodes.flatMap((node): DraftNode[] => {
    const [other, p] = node.inputs;
    if (
      node.op !== "Concat" ||
      other === undefined ||
      p === undefined ||
      node.inputs.length !== 2
    ) {
      return [node];
    }
    const sigmoid = producers.get(p);
    const complement = producers.get(other);
    const isSigmoid = sigmoid?.op === "Unary" && sigmoid.attributes.get("function") === "Sigmoid";
    const [one, from] = complement?.op === "Sub" ? complement.inputs : [];
    const isOne = one?.values?.every((value) => value === 1) ?? false;
    const [z] = sigmoid?.inputs ?? [];
    if (!isSigmoid || !isOne || from !== p || z === undefined) return [node];
    const written = (like: Value): Value => ({ dtype: like.dtype, dims: like.dims, name: "" });
    const [opposite, both] = [written(z), written(node.output)];
    return [
      { ...node, op: "Neg", inputs: [z], output: opposite, attributes: new Map() },
      { ...node, inputs: [opposite, z], output: both },
      { ...node, op: "Logistic", inputs: [both], attributes: new Map() },
    ];
  });
  draft.nodes.splice(0, draft.nodes.length, ...nodes);
}

/** ArgMax along the axis of a Softmax is that of its operand. */
function ofScores(node: DraftNode, producers: Producers): DraftNode {
  if (node.op !== "ArgMax") return node;
  let [input] = node.inputs;
  const axis = node.attributes.get("axis");
  for (let steps = 0; input !== undefined && steps < MAX_TAIL; steps++) {
    const before = producers.get(input);
    const [from] = before?.inputs ?? [];
    if (before === undefined || from === undefined) break;
    const isSame = before.attributes.get("axis") === axis || before.op === "Logistic";
    if (!KEEPS_ORDER.has(before.op) || !isSame) break;
    input = from;
  }
  return input === undefined ? node : { ...node, inputs: [input] };
}
