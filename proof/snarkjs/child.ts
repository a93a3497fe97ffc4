/**
 * The program of a child process: the only place where snarkjs runs. It can crash, leak and hang, and then it is this
 * process that is killed. Started by children.ts, never imported.
 *
 * snarkjs looks for its curve in a global before it builds one. Setting it first decides the threads: one for proofs,
 * of which several run side by side; all for a ceremony, which is alone.
 * @module
 */
import { randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import { buildBn128 } from "ffjavascript";
import { groth16, type Logger, powersOfTau, wtns, zKey } from "snarkjs";
import type { ArgsOf, Ask, Checked, OperationName, Reply, ResultOf } from "./operations.ts";

const THREADS = process.argv[2];

const curve = await buildBn128(THREADS === "one");
(globalThis as { curve_bn128?: unknown }).curve_bn128 = curve;

type Perform = {
  readonly [Name in OperationName]: (args: ArgsOf<Name>) => Promise<ResultOf<Name>>;
};

const perform: Perform = {
  async witness({ program, inputs }) {
    const file: { type: "mem"; data?: Uint8Array } = { type: "mem" };
    await wtns.calculate({ ...inputs }, program, file);
    return file.data ?? new Uint8Array();
  },
  async prove({ provingKey, witness }) {
    const startMs = performance.now();
    const { proof, publicSignals } = await groth16.prove(provingKey, {
      type: "mem",
      data: witness,
    });
    return { proof, publicSignals, ms: performance.now() - startMs };
  },
  verify: ({ key, publicSignals, proof }) => groth16.verify(key, publicSignals, proof),

  async newPowersOfTau({ power, out }) {
    await powersOfTau.newAccumulator(curve, power, out, progress);
    return null;
  },
  contributeToPowersOfTau: ({ from, out, name }) =>
    powersOfTau.contribute(from, out, name, entropy(), progress),
  async applyBeaconToPowersOfTau({ from, out, name, beacon }) {
    const { hash, iterationsExp } = beacon;
    return applied(await powersOfTau.beacon(from, out, name, hash, iterationsExp, progress));
  },
  async preparePhase2({ from, out }) {
    await powersOfTau.preparePhase2(from, out, progress);
    return null;
  },
  verifyPowersOfTau: ({ file }) => listening((logger) => powersOfTau.verify(file, logger)),

  async newKey({ r1cs, powersOfTau: tau, out }) {
    // newZKey reports a circuit that is too large by returning -1.
    const made = await zKey.newZKey(r1cs, tau, out, progress);
    if (made === -1) throw new Error("the powers of tau do not fit this circuit");
    return null;
  },
  contributeToKey: ({ from, out, name }) => zKey.contribute(from, out, name, entropy(), progress),
  async applyBeaconToKey({ from, out, name, beacon }) {
    return applied(await zKey.beacon(from, out, name, beacon.hash, beacon.iterationsExp, progress));
  },
  verifyKey: ({ r1cs, powersOfTau: tau, key }) =>
    listening((logger) => zKey.verifyFromR1cs(r1cs, tau, key, logger)),
  exportVerificationKey: ({ key }) => zKey.exportVerificationKey(key, quiet),
};

const ignore = (): void => {};
const quiet: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const tell = (line: string): void => send({ kind: "progress", line });
const progress: Logger = { ...quiet, info: tell, debug: tell };

/** Secrets come from the operating system, whatever else snarkjs mixes in. */
function entropy(): string {
  return randomBytes(64).toString("hex");
}

function applied(hash: Uint8Array | false): Uint8Array {
  if (hash === false) throw new Error("the beacon was refused");
  return hash;
}

async function listening(check: (logger: Logger) => Promise<boolean>): Promise<Checked> {
  const log: string[] = [];
  const faults: string[] = [];
  const ok = await check({
    ...quiet,
    info: (line) => void log.push(line),
    error: (line) => void faults.push(line),
  });
  return { ok, log, faults };
}

function send(reply: Reply): void {
  process.send?.(reply);
}

process.on("message", ({ name, args }: Ask) => {
  const run = perform[name] as (given: unknown) => Promise<unknown>;
  run(args).then(
    (result) => send({ kind: "result", result }),
    (error: unknown) =>
      send({ kind: "failure", message: String((error as Error)?.message ?? error) }),
  );
});
// Whoever stops all processes of a service at once stops this one through its parent, which may be in mid-proof.
process.on("SIGINT", ignore);
process.on("SIGTERM", ignore);
process.on("disconnect", () => process.exit(0));

/** Milliseconds between two looks whether the parent lives. */
const WATCH_EVERY_MS = 1_000;
// snarkjs can loop without end over a damaged file, and then this thread never learns that its parent died. Another
// thread looks, and nothing but a signal ends the loop.
new Worker(
  `setInterval(() => {
    if (process.ppid !== ${Number(process.argv[3])}) process.kill(process.pid, "SIGKILL");
  }, ${WATCH_EVERY_MS});`,
  { eval: true, execArgv: [] },
).unref();
// The parent may have ended while the curve was built.
if (!process.connected) process.exit(0);
