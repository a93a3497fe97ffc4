/**
 * Conformance vectors: statements with their proofs, made when the package was built. A machine that proves or verifies
 * can check itself against them, whatever its processor and its engine.
 * @module
 */
import { z } from "zod";
import { badManifest, parseJson } from "./manifest.ts";
import { refuseStatement, type Statement, type Terms } from "./statement.ts";

/** Every element of every input stands in it, also of a private one: it is nobody's. */
export interface Vector extends Omit<Statement, "salts"> {
  /** 128 bytes. */
  readonly proof: Uint8Array;
}

const integers = z
  .array(z.int32())
  .max(2 ** 20)
  .transform((values) => Int32Array.from(values));

const schema = z
  .array(
    z.strictObject({
      tag: z.string().regex(/^(0|[1-9]\d{0,74})$/),
      input: integers,
      outputs: integers,
      proof: z.string().regex(/^0x[0-9a-f]{256}$/),
    }),
  )
  .min(1)
  .max(100);

export function encodeVectors(vectors: readonly Vector[]): string {
  return JSON.stringify(
    vectors.map(({ tag, input, outputs, proof }) => ({
      tag: String(tag),
      input: [...input],
      outputs: [...outputs],
      proof: `0x${Buffer.from(proof).toString("hex")}`,
    })),
  );
}

/**
 * @param place the file, for messages
 * @throws CircuitError `BAD_MANIFEST` also for a statement that no verifier of this manifest takes
 */
export function decodeVectors(bytes: Uint8Array, manifest: Terms, place: string): Vector[] {
  const parsed = schema.safeParse(parseJson(bytes, place));
  if (!parsed.success) throw badManifest(place, "it holds no vectors", parsed.error);
  return parsed.data.map(({ tag, input, outputs, proof }, i) => {
    const statement = { tag: BigInt(tag), input, outputs };
    const refusal = refuseStatement(statement, manifest);
    if (refusal !== undefined) {
      throw badManifest(place, `vector ${i} is refused: ${refusal.code} at ${refusal.at}`);
    }
    return { ...statement, proof: Uint8Array.from(Buffer.from(proof.slice(2), "hex")) };
  });
}
