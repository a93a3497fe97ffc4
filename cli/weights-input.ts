/**
 * Weights as a person writes them: a list, or a file of JSON.
 * @module
 */
import { z } from "zod";
import type { Weights } from "../chain/chain.ts";
import { CliError } from "./error.ts";

/** 256 uids of five digits with weights of some, many times over. */
const MAX_CHARACTERS = 65_536;

const Weight = z.number().nonnegative();
const Uid = z.number().int().min(0).max(65_535);
const PairedWeights = z.array(z.tuple([Uid, Weight])).min(1);
const NamedWeights = z.record(z.string().regex(/^\d{1,5}$/), Weight);

/** @throws CliError `MALFORMED_INPUT` */
export function weightsOfList(text: string): Weights {
  const pairs = text.split(",").map((part) => {
    const [, uid, weight] = /^(\d{1,5}):(\d{1,15}(?:\.\d{1,15})?)$/.exec(part.trim()) ?? [];
    if (uid === undefined) throw malformed(`"${part.slice(0, 40)}" is no uid:weight`);
    return [Number(uid), Number(weight)] as const;
  });
  return checked(pairs);
}

/** @throws CliError `MALFORMED_INPUT` */
export function weightsOfJson(text: string): Weights {
  if (text.length > MAX_CHARACTERS) throw malformed("the file is too long");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("the file is no JSON");
  }
  const pairs = PairedWeights.safeParse(value);
  if (pairs.success) return checked(pairs.data);
  const named = NamedWeights.safeParse(value);
  if (!named.success) throw malformed("the file has another form");
  return checked(Object.entries(named.data).map(([uid, weight]) => [Number(uid), weight] as const));
}

function checked(weights: Weights): Weights {
  const uids = new Set(weights.map(([uid]) => uid));
  if (uids.size !== weights.length) throw malformed("a uid stands there twice");
  if (weights.some(([uid]) => uid > 65_535)) throw malformed("a uid is above 65535");
  if (!weights.some(([, weight]) => weight > 0)) throw malformed("no weight is above zero");
  return weights;
}

function malformed(what: string): CliError {
  return new CliError(
    "MALFORMED_INPUT",
    `these are no weights: ${what}`,
    'Expected 1:0.7,4:0.3, or in a file {"1": 0.7, "4": 0.3} or [[1, 0.7], [4, 0.3]].',
  );
}
