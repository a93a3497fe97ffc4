/**
 * What an integer graph says about its own inputs and outputs, beyond what ONNX can: the range of the
 * input integers, the scale that turns integers into real numbers, and the labels of the classes.
 * It travels as one metadata_props entry of the ONNX file, so the model id fixes it.
 *
 *     assay = {"version":1,"inputs":[{"name":"pixels","min":0,"max":15,"scale":0.0667}],
 *              "outputs":[{"name":"logits","scale":0.01,"labels":["0","1"]}]}
 *
 * Version 2 is written where a scale is a list, one for each element: features have units of their own.
 * @module
 */
import { z } from "zod";
import { ModelError } from "./error.ts";

export const METADATA_KEY = "assay";

/** The real number is this times the integer: one for all elements, or one each, row-major. */
export type Scale = number | readonly number[];

/** Inputs and outputs in the order of the graph. */
export interface ValueMetadata {
  readonly inputs: readonly {
    readonly name: string;
    readonly min: number;
    readonly max: number;
    readonly scale: Scale;
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly scale: Scale;
    /** One per output element, or none. */
    readonly labels: readonly string[];
  }[];
}

/** Elements with a scale each: more than any table has columns, few enough for a line of JSON. */
const MAX_SCALES = 4096;

const name = z.string().min(1).max(128);
const one = z.number().positive();
const each = z.union([one, z.array(one).min(1).max(MAX_SCALES)]);
const label = z.string().regex(/^[^\p{Cc}]{1,64}$/u);

const schemaOf = <Version extends 1 | 2, S extends z.ZodType<Scale>>(version: Version, scale: S) =>
  z.strictObject({
    version: z.literal(version),
    inputs: z.array(z.strictObject({ name, min: z.int32(), max: z.int32(), scale })).max(64),
    outputs: z.array(z.strictObject({ name, scale, labels: z.array(label).max(4096) })).max(64),
  });

const schema = z.discriminatedUnion("version", [schemaOf(1, one), schemaOf(2, each)]);

export function encodeValueMetadata({ inputs, outputs }: ValueMetadata): string {
  const hasList = [...inputs, ...outputs].some(({ scale }) => typeof scale !== "number");
  return JSON.stringify({
    version: hasList ? 2 : 1,
    inputs: inputs.map(({ name, min, max, scale }) => ({ name, min, max, scale })),
    outputs: outputs.map(({ name, scale, labels }) => ({ name, scale, labels })),
  });
}

/** The scale of the element at `index`. */
export function scaleAt(scale: Scale, index: number): number {
  return typeof scale === "number" ? scale : (scale[index] as number);
}

/** @throws ModelError `BAD_METADATA` */
export function decodeValueMetadata(text: string): ValueMetadata {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badMetadata(`${issue?.path.join(".") || "the entry"}: ${issue?.message ?? "not valid"}`);
  }
  // One spelling only: no second key of the same name, no 1.0 for 1, no spaces.
  if (encodeValueMetadata(parsed.data) !== text) throw badMetadata("it is not in canonical JSON");
  return parsed.data;
}

export function badMetadata(reason: string): ModelError {
  return new ModelError(
    "BAD_METADATA",
    `the model's "${METADATA_KEY}" metadata: ${reason}`,
    "Write it as models/value-metadata.ts does, or make the graph with the quantiser.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badMetadata(`it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}
