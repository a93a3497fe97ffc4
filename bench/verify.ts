/**
 * The bench of verifying: one proof at a time and many at once, for keys of few and of many public signals. Everybody
 * starts from the same: a key that is decoded, signals that are numbers, a proof of 128 bytes.
 * @module
 */
import type { Claim } from "../proof/engine.ts";
import { verifyByPairing } from "../proof/groth16/pairing.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { decompressProof } from "../proof/groth16/proof-bytes.ts";
import { proofToJson } from "../proof/groth16/proof-json.ts";
import { encodeVerificationKey } from "../proof/groth16/verification-key.ts";
import { loadAddon } from "../proof/native/addon.ts";
import { openNativeEngine } from "../proof/native/engine.ts";
import { Children } from "../proof/snarkjs/children.ts";
import { forged, type SentClaim, simulateClaims } from "./claims.ts";
import { BenchError } from "./error.ts";
import { milliseconds, times } from "./format.ts";
import type { Bench, Table } from "./report.ts";
import { rotated, type Summary, summarise } from "./statistics.ts";

export interface VerifyBenchOptions {
  readonly rounds: number;
  /** Public signals of the keys. Default: one, a hundred, and what mnist-mlp has. */
  readonly signals?: readonly number[];
  /** Claims of a batch. Default 256. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

const SIGNALS = [1, 100, 795];
const BATCH = 256;

export interface VerifyResult {
  readonly publicSignals: number;
  readonly name: string;
  /** Claims of one call. */
  readonly claims: number;
  /** Milliseconds a proof by the clock on the wall. */
  readonly ms: Summary;
  /** Milliseconds a proof that processors worked: what one core alone would take. Of work in this process only. */
  readonly cpuMs?: Summary;
}

interface Verifier {
  readonly name: string;
  readonly claims: number;
  /** Whether its work is done in this process, where it can be weighed. */
  readonly isHere: boolean;
  holds(claims: readonly SentClaim[]): Promise<readonly boolean[]>;
}

export async function benchVerify(options: VerifyBenchOptions): Promise<Bench<VerifyResult>> {
  const children = new Children({ size: 1, threads: "all" });
  const loaded = loadAddon();
  const engine = "addon" in loaded ? openNativeEngine(loaded.addon) : undefined;
  const native = async (claims: readonly SentClaim[]): Promise<readonly boolean[]> =>
    (await (engine?.verifyBatch(claims) ?? [])).map((verdict) => verdict === undefined);
  const batch = options.batch ?? BATCH;
  const verifiers: Verifier[] = [
    ...(engine === undefined
      ? []
      : [
          { name: "assay", claims: 1, isHere: true, holds: native },
          { name: `assay, ${batch} at once`, claims: batch, isHere: true, holds: native },
        ]),
    {
      name: "snarkjs",
      claims: 1,
      isHere: false,
      holds: (claims) =>
        Promise.all(claims.map((claim) => children.run("verify", jsonOf(decode(claim))))),
    },
    {
      name: "noble",
      claims: 1,
      isHere: true,
      holds: async (claims) => claims.map((claim) => verifyByPairing(decode(claim))),
    },
  ];
  try {
    const results: VerifyResult[] = [];
    for (const publicSignals of options.signals ?? SIGNALS) {
      options.onProgress?.(`verifying with ${publicSignals} public signals`);
      results.push(...(await benchOne(publicSignals, verifiers, options)));
    }
    const absent = "missing" in loaded ? [`without assay: the native core ${loaded.missing}`] : [];
    return { results, tables: [tableOf(results, absent)] };
  } finally {
    await Promise.all([children.close(), engine?.close()]);
  }
}

/** What snarkjs is given is not for the clock to see: it is only another spelling. */
function jsonOf({ key, publicSignals, proof }: Claim) {
  return {
    key: encodeVerificationKey(key),
    publicSignals: publicSignals.map(String),
    proof: proofToJson(proof),
  };
}

async function benchOne(
  publicSignals: number,
  verifiers: readonly Verifier[],
  { rounds, signal }: VerifyBenchOptions,
): Promise<VerifyResult[]> {
  const claims = simulateClaims(publicSignals, Math.max(...verifiers.map(({ claims: n }) => n)));
  for (const verifier of verifiers) await requireSound(verifier, claims);
  const samples = new Map(verifiers.map((verifier) => [verifier, [] as Sample[]]));
  for (let round = 0; round < rounds; round++) {
    for (const verifier of rotated(verifiers, round)) {
      signal?.throwIfAborted();
      samples.get(verifier)?.push(await measure(verifier, claims));
    }
  }
  return [...samples].map(([{ name, claims: count, isHere }, taken]) => ({
    publicSignals,
    name,
    claims: count,
    ms: summarise(taken.map(({ ms }) => ms)),
    ...(isHere && { cpuMs: summarise(taken.map(({ cpuMs }) => cpuMs)) }),
  }));
}

interface Sample {
  readonly ms: number;
  readonly cpuMs: number;
}

async function measure(verifier: Verifier, sent: readonly SentClaim[]): Promise<Sample> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const verdicts = await verifier.holds(sent.slice(0, verifier.claims));
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  if (!verdicts.every(Boolean)) throw unsound(verifier.name, "refuses a proof that holds");
  const of = (total: number): number => total / verifier.claims;
  return { ms: of(ms), cpuMs: of((user + system) / 1_000) };
}

function decode({ key, publicSignals, proof }: SentClaim): Claim {
  const decoded = decompressProof(proof);
  if (isRejection(decoded)) throw unsound("the decoder", `refuses a proof: ${decoded.code}`);
  return { key, publicSignals, proof: decoded };
}

/** One that accepts everything would be the fastest. */
async function requireSound(verifier: Verifier, sent: readonly SentClaim[]): Promise<void> {
  const claims = sent.slice(0, verifier.claims);
  const last = claims.length - 1;
  const withForgery = claims.map((claim, i) => (i === last ? forged(claim) : claim));
  const verdicts = [await verifier.holds(claims), await verifier.holds(withForgery)];
  const expected = [claims.map(() => true), claims.map((_, i) => i !== last)];
  if (JSON.stringify(verdicts) === JSON.stringify(expected)) return;
  throw unsound(verifier.name, "does not tell proofs that hold from one that does not");
}

function unsound(name: string, what: string): BenchError {
  return new BenchError("VERIFIER_UNSOUND", `${name} ${what}`, "Report this: it is not measured.");
}

function tableOf(results: readonly VerifyResult[], absent: readonly string[]): Table {
  const baseline = (of: VerifyResult): VerifyResult | undefined =>
    results.find((one) => one.name === "snarkjs" && one.publicSignals === of.publicSignals);
  return {
    title: "Verifying, from the 128 bytes of a proof: milliseconds a proof",
    columns: ["verifier", "signals", "median", "min", "max", "one core", "snarkjs ÷"],
    textColumns: 1,
    rows: [
      ...results.map((result) => [
        result.name,
        String(result.publicSignals),
        milliseconds(result.ms.median),
        milliseconds(result.ms.min),
        milliseconds(result.ms.max),
        result.cpuMs === undefined ? "" : milliseconds(result.cpuMs.median),
        times((baseline(result)?.ms.median ?? Number.NaN) / result.ms.median),
      ]),
    ],
    notes: absent,
  };
}
