/**
 * Reading the attributes of a node: each by its kind, with ONNX's default where it is absent, and
 * nothing that an operator does not read.
 * @module
 */
import { ModelError } from "../error.ts";
import { badOperands, type Site } from "./operator.ts";

/** Refuses attributes the operator does not read. @throws ModelError `BAD_ATTRIBUTE` */
export function requireAttributes(site: Site, known: readonly string[]): void {
  for (const name of site.attributes.keys()) {
    if (known.includes(name)) continue;
    throw badAttribute(
      site,
      name,
      "is not supported",
      known.length === 0 ? "Remove it." : `Supported: ${known.join(", ")}.`,
    );
  }
}

/** @throws ModelError `BAD_ATTRIBUTE` */
export function integerAttribute(site: Site, name: string, otherwise: number): number {
  const value = site.attributes.get(name) ?? otherwise;
  if (typeof value === "number") return value;
  throw badAttribute(site, name, "is not an integer");
}

/** An integer that means yes or no. @throws ModelError `BAD_ATTRIBUTE` */
export function flagAttribute(site: Site, name: string, otherwise: boolean): boolean {
  const value = integerAttribute(site, name, Number(otherwise));
  if (value === 0 || value === 1) return value === 1;
  throw badAttribute(site, name, `is ${value}, expected 0 or 1`);
}

/** @throws ModelError `BAD_ATTRIBUTE` */
export function listAttribute(site: Site, name: string): readonly number[] | undefined {
  const value = site.attributes.get(name);
  if (value === undefined || (typeof value !== "number" && typeof value !== "string")) return value;
  throw badAttribute(site, name, "is not a list of integers");
}

/** One of the words; the first of them when the attribute is absent. @throws ModelError `BAD_ATTRIBUTE` */
export function wordAttribute<Word extends string>(
  site: Site,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = site.attributes.get(name);
  if (value === undefined) return words[0];
  const word = words.find((each) => each === value);
  if (word !== undefined) return word;
  throw badAttribute(site, name, `is ${JSON.stringify(value)}, expected ${words.join(" or ")}`);
}

/** The axis as a position from the first dimension. @throws ModelError `BAD_OPERANDS` */
export function axisIn(site: Site, axis: number, rank: number): number {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw badOperands(site, `axis ${axis} is outside rank ${rank}`);
}

/** The axes as different positions from the first dimension. @throws ModelError `BAD_OPERANDS` */
export function axesIn(site: Site, axes: readonly number[], rank: number): number[] {
  const positions = axes.map((axis) => axisIn(site, axis, rank));
  if (new Set(positions).size === positions.length) return positions;
  throw badOperands(site, `axes [${axes}] name a dimension twice`);
}

export function badAttribute(
  site: Site,
  name: string,
  reason: string,
  hint = "Correct the node; docs/decisions/integer-graph.md lists what each operator accepts.",
): ModelError {
  const shown = JSON.stringify(name.slice(0, 80));
  return new ModelError("BAD_ATTRIBUTE", `${site.label}: attribute ${shown} ${reason}`, hint);
}
