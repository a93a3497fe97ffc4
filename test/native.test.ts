/**
 * The native core as a guest in our process: what it is given may be anything, it may be stopped at any time, many may
 * ask at once, and it keeps nothing.
 * @module
 */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CircuitPackage } from "../circuits/package.ts";
import { tinyFreshInput, tinyPackage, witnessOf } from "../circuits/testing.ts";
import type { Engine } from "../proof/engine.ts";
import { loadAddon } from "../proof/native/addon.ts";
import { openNativeEngine } from "../proof/native/engine.ts";
import { openEngine } from "../proof/open.ts";
import { ROOT, TSX } from "./assay.ts";
import { isBuilt } from "./engines.ts";

const tag = 99n;
const input = tinyFreshInput(new Uint8Array(32).fill(5));

describe.skipIf(!isBuilt("native"))("the native engine", () => {
  let engine: Engine;
  let circuit: CircuitPackage;
  let other: CircuitPackage;
  let witness: Uint8Array;
  let foreign: Uint8Array;
  let dir = "";
  beforeAll(async () => {
    engine = openEngine({ engine: "native", proofs: 8 });
    dir = await mkdtemp(join(tmpdir(), "assay-native-"));
    [circuit, other] = [await tinyPackage(0), await tinyPackage(1)];
    witness = witnessOf(circuit, { tag, input });
    foreign = witnessOf(other, { tag, input });
  }, 120_000);
  afterAll(async () => {
    await engine.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function expectSound(provingKey = circuit.path("provingKey")): Promise<void> {
    const proven = await engine.prove({ provingKey, witness });
    expect(await engine.verify({ key: circuit.verificationKey, ...proven })).toBeUndefined();
  }

  it("refuses keys and witnesses that are missing, cut, lengthened or wrong, and lives", async () => {
    const good = circuit.path("provingKey");
    const bytes = await readFile(good);
    const altered = async (name: string, content: Uint8Array): Promise<string> => {
      await writeFile(join(dir, name), content);
      return join(dir, name);
    };
    const flipped = Uint8Array.from(bytes);
    // In the last points of the key: no length and no count is touched.
    flipped[bytes.length - 2_000] = (flipped[bytes.length - 2_000] ?? 0) ^ 0xff;
    const keys = [
      join(dir, "nothing.zkey"),
      dir,
      await altered("empty.zkey", new Uint8Array()),
      await altered("head.zkey", bytes.subarray(0, 100)),
      await altered("cut.zkey", bytes.subarray(0, -1)),
      await altered("long.zkey", Buffer.concat([bytes, new Uint8Array(1)])),
      await altered("flipped.zkey", flipped),
      await altered("witness.zkey", witness),
    ];
    for (const provingKey of keys) {
      await expect(engine.prove({ provingKey, witness }), provingKey).rejects.toMatchObject({
        code: "PROVING_FAILED",
        message: expect.stringMatching(/^[A-Z_]+: ./),
        hint: expect.stringMatching(/./),
      });
    }
    const tooLarge = Uint8Array.from(witness);
    tooLarge.fill(0xff, witness.length - 32);
    const short = foreign.length === witness.length ? witness.subarray(0, -32) : foreign;
    for (const broken of [new Uint8Array(), witness.subarray(1), tooLarge, short, bytes]) {
      await expect(engine.prove({ provingKey: good, witness: broken })).rejects.toMatchObject({
        code: "PROVING_FAILED",
      });
    }
    const integers = { values: new Int32Array(3), full: new Map() };
    await expect(engine.prove({ provingKey: good, witness: integers })).rejects.toMatchObject({
      code: "PROVING_FAILED",
    });
    await expectSound();
  });

  it("opens a key anew when the file was replaced", async () => {
    const place = join(dir, "replaced.zkey");
    await copyFile(circuit.path("provingKey"), place);
    await expectSound(place);
    await rm(place);
    await copyFile(other.path("provingKey"), place);
    const proven = await engine.prove({ provingKey: place, witness: foreign });
    expect(await engine.verify({ key: other.verificationKey, ...proven })).toBeUndefined();
    await rm(place);
    await writeFile(place, (await readFile(other.path("provingKey"))).subarray(0, 1_000));
    await expect(engine.prove({ provingKey: place, witness: foreign })).rejects.toMatchObject({
      code: "PROVING_FAILED",
    });
  });

  it("says once that tables cannot be kept, and proves", async () => {
    const lines: string[] = [];
    const unkept = openEngine({
      engine: "native",
      cacheDir: join(dir, "nowhere"),
      onNotice: (line) => lines.push(line),
    });
    try {
      for (const [provingKey, wires] of [
        [circuit.path("provingKey"), witness],
        [other.path("provingKey"), foreign],
      ] as const) {
        await unkept.prove({ provingKey, witness: wires });
      }
    } finally {
      await unkept.close();
    }
    expect(lines).toEqual([expect.stringMatching(/tables are not kept.*nowhere/)]);
  });

  it("keeps tables where it is told to, and says nothing", async () => {
    const lines: string[] = [];
    const cacheDir = await mkdtemp(join(dir, "tables-"));
    const kept = openEngine({ engine: "native", cacheDir, onNotice: (line) => lines.push(line) });
    try {
      await kept.prove({ provingKey: circuit.path("provingKey"), witness });
    } finally {
      await kept.close();
    }
    expect(lines).toEqual([]);
    expect(await readdir(cacheDir)).toEqual([expect.stringMatching(/\.tables$/)]);
  });

  it("proves with more keys than it may keep open", async () => {
    const loaded = loadAddon();
    if (!("addon" in loaded)) throw new Error(loaded.missing);
    const small = openNativeEngine(loaded.addon, { proofs: 4, keyBytes: 0 });
    try {
      const turns = Array.from({ length: 12 }, async (_, i) => {
        const [{ path, verificationKey: key }, wires] =
          i % 2 === 0 ? [circuit, witness] : [other, foreign];
        const proven = await small.prove({ provingKey: path("provingKey"), witness: wires });
        return small.verify({ key, ...proven });
      });
      expect(new Set(await Promise.all(turns))).toEqual(new Set([undefined]));
    } finally {
      await small.close();
    }
  });

  it("serves many at once, and those who stop disturb nobody", async () => {
    const provingKey = circuit.path("provingKey");
    const asked = Array.from({ length: 64 }, async (_, i) => {
      const stop = new AbortController();
      const proving = engine.prove(
        { provingKey, witness },
        { signal: stop.signal, threads: 1 + (i % 3) },
      );
      if (i % 3 !== 0) return engine.verify({ key: circuit.verificationKey, ...(await proving) });
      // Some before they start, some in the midst of it.
      if (i % 2 === 0) await new Promise((resolve) => setTimeout(resolve, i / 8));
      stop.abort(new Error(`enough ${i}`));
      return proving.then(
        () => "proven before it was stopped",
        (error: Error) => error.message,
      );
    });
    const results = await Promise.all(asked);
    for (const [i, result] of results.entries()) {
      if (i % 3 !== 0) expect(result).toBeUndefined();
      else expect(result).toMatch(`enough ${i}`);
    }
    await expectSound();
  });

  it("answers whoever waits when it is closed", async () => {
    const closing = openEngine({ engine: "native" });
    const request = { provingKey: circuit.path("provingKey"), witness };
    const waiting = [closing.prove(request), closing.prove(request), closing.prove(request)];
    const outcomes = Promise.allSettled(waiting);
    await closing.close();
    const codes = (await outcomes).map((outcome) =>
      outcome.status === "rejected" ? outcome.reason.code : "proven",
    );
    expect(codes.at(-1)).toBe("ENGINE_CLOSED");
    await expect(closing.prove(request)).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
  });

  it("keeps nothing of a thousand proofs", async () => {
    const provingKey = circuit.path("provingKey");
    const prove = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i += 8) {
        await Promise.all(Array.from({ length: 8 }, () => engine.prove({ provingKey, witness })));
      }
      return process.memoryUsage().rss;
    };
    // Allocators settle first; the garbage collector takes steps of megabytes whenever it likes, but what is kept is
    // kept every time.
    let before = await prove(400);
    const growths: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const after = await prove(1_000);
      growths.push(after - before);
      before = after;
    }
    // A witness of this circuit has 18 kB, a proof's working memory more: kept, they would be 18 MB at least.
    expect(Math.min(...growths)).toBeLessThan(9 * 2 ** 20);
  }, 60_000);

  it("leaves the event loop free while it proves", async () => {
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    const provingKey = circuit.path("provingKey");
    await Promise.all(Array.from({ length: 32 }, () => engine.prove({ provingKey, witness })));
    clearInterval(turning);
    expect(turns).toBeGreaterThan(2);
  });

  const forms = ["portable", "ifma", "magic"];
  it.each(forms)(
    "with ASSAY_CPU=%s gives the verdicts of any form, or says why not",
    async (form) => {
      const proven = await engine.prove({ provingKey: circuit.path("provingKey"), witness });
      const script = `
      const { openEngine } = await import(${JSON.stringify(moduleUrl("proof/open.ts"))});
      const { tinyPackage } = await import(${JSON.stringify(moduleUrl("circuits/testing.ts"))});
      const { decompressProof, compressProof } = await import(${JSON.stringify(moduleUrl("proof/groth16/proof-bytes.ts"))});
      try {
        const engine = openEngine({ engine: "native" });
        const circuit = await tinyPackage(0);
        const witness = Buffer.from(process.argv[1], "hex");
        const own = await engine.prove({ provingKey: circuit.path("provingKey"), witness });
        const key = circuit.verificationKey;
        const given = { key, publicSignals: own.publicSignals, proof: decompressProof(Buffer.from(process.argv[2], "hex")) };
        const wrong = { ...given, publicSignals: own.publicSignals.with(0, 77n) };
        const verdicts = await engine.verifyBatch([{ key, ...own }, given, wrong]);
        console.log(JSON.stringify({ verdicts: verdicts.map((v) => v?.code ?? "holds"), proof: Buffer.from(compressProof(own.proof)).toString("hex") }));
        await engine.close();
      } catch (error) {
        console.log(JSON.stringify({ code: error.code, hint: error.hint }));
      }`;
      const { compressProof, decompressProof } = await import("../proof/groth16/proof-bytes.ts");
      const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
      const args = ["--import", TSX, "--input-type=module", "-e", script];
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...args, hex(witness), hex(compressProof(proven.proof))],
        { cwd: ROOT, env: { ...process.env, ASSAY_CPU: form } },
      );
      const answer = JSON.parse(stdout) as Record<string, unknown>;
      if ("code" in answer) {
        expect(answer["code"]).toBe("CPU_UNSUPPORTED");
        expect(form).not.toBe("portable");
        return;
      }
      expect(form).not.toBe("magic");
      expect(answer["verdicts"]).toEqual(["holds", "holds", "PROOF_INVALID"]);
      const proof = decompressProof(Buffer.from(String(answer["proof"]), "hex"));
      if ("code" in proof) throw new Error(proof.code);
      const claim = { key: circuit.verificationKey, publicSignals: proven.publicSignals, proof };
      expect(await engine.verify(claim)).toBeUndefined();
    },
    60_000,
  );
});

function moduleUrl(path: string): string {
  return pathToFileURL(join(ROOT, path)).href;
}
