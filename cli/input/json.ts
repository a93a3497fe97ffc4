/**
 * Reads arrays of numbers from JSON: one array, nested as its shape, or an object of such arrays by name.
 * @module
 */
import { malformed, type Numbers } from "./numbers.ts";

/** As deep as ONNX's tensors of practice go, and a stack's worth less than a parser can be made to overflow. */
const MAX_DEPTH = 16;

/** By name; one array alone stands under the empty name. @throws CliError `MALFORMED_INPUT` */
export function decodeJson(text: string, place: string): ReadonlyMap<string, Numbers> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(
      `${place} is not JSON: ${(cause as Error).message}`,
      "Give an array of numbers.",
    );
  }
  if (Array.isArray(value)) return new Map([["", numbersOf(value, place)]]);
  if (typeof value !== "object" || value === null) throw notNumbers(place);
  return new Map(
    Object.entries(value).map(([name, array]) => [name, numbersOf(array, `${place}, ${name}`)]),
  );
}

function numbersOf(value: unknown, place: string): Numbers {
  const dims: number[] = [];
  for (let inner = value; Array.isArray(inner); [inner] = inner) {
    dims.push(inner.length);
    if (dims.length > MAX_DEPTH || inner.length === 0) throw notNumbers(place);
  }
  if (dims.length === 0) throw notNumbers(place);
  const flat: number[] = [];
  collect(value, dims, flat, place);
  return { dims, values: Float64Array.from(flat) };
}

function collect(value: unknown, dims: readonly number[], flat: number[], place: string): void {
  const [dim, ...inner] = dims;
  if (dim === undefined) {
    if (typeof value !== "number" || !Number.isFinite(value)) throw notNumbers(place);
    flat.push(value);
    return;
  }
  if (!Array.isArray(value) || value.length !== dim) {
    throw malformed(
      `${place}: its rows are not all of the same length`,
      "Give an array as regular as a tensor.",
    );
  }
  for (const element of value) collect(element, inner, flat, place);
}

function notNumbers(place: string): Error {
  return malformed(`${place}: expected an array of numbers`, "For example [[0.1, 2], [3, -4.5]].");
}
