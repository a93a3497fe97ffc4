/**
 * A model's whole way through the command line: from the ONNX file that its framework wrote to proofs that anybody can
 * check and a package that anybody can trust.
 * @module
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastJson, ROOT, runAssay } from "./assay.ts";
import { isBuilt } from "./engines.ts";

const IRIS = join(ROOT, "models/zoo/iris-mlp");
const MODEL = join(IRIS, "float.onnx");
const DATA = join(IRIS, "data.npz");

let dir = "";
let home = "";
let flower = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-import-"));
  home = join(dir, "home");
  flower = join(dir, "flower.json");
  // A versicolor of the test samples, in centimetres.
  await writeFile(flower, "[5.9, 3.0, 4.2, 1.5]");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Outcome {
  readonly exit: number | null;
  readonly data: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

async function run(...args: readonly string[]): Promise<Outcome> {
  const finished = await runAssay([...args, "--json"], { home, cwd: dir });
  const { data, error } = lastJson(finished) as unknown as Outcome;
  return { exit: finished.code, data, ...(error && { error }) };
}

const place = (name: string): string => join(dir, name);
const importInto = (name: string, ...more: readonly string[]): Promise<Outcome> =>
  run(
    "model",
    "import",
    MODEL,
    "--calibration",
    DATA,
    "--name",
    "iris",
    "--out",
    place(name),
    ...more,
  );

describe("a model of somebody's own", () => {
  it("answers in real numbers before it is imported, and as much in integers afterwards", async () => {
    const { data } = await run("model", "run", MODEL, "-i", flower);
    const [scores] = data["outputs"] as readonly { readonly values: readonly number[] }[];
    expect(scores?.values).toHaveLength(3);
    expect(Math.max(...(scores?.values ?? []))).toBe(scores?.values[1]);
    const integers = await run("model", "run", join(IRIS, "integer.onnx"), "-i", flower, "--real");
    expect(integers.data["prediction"]).toMatchObject({ index: 1 });
  });

  it("is imported with a report of what rounding cost and what proving will", async () => {
    const { exit, data } = await importInto("iris");
    expect(exit).toBe(0);
    const report = JSON.parse(await readFile(join(place("iris"), "report.json"), "utf8"));
    expect(data).toMatchObject(report);
    expect(report).toMatchObject({
      format: "assay/import-report/1",
      name: "iris",
      inputs: [{ dims: [1, 4], visibility: "public" }],
      // 105 samples, every fifth held out.
      calibration: { samples: 84 },
      holdOut: { samples: 21 },
    });
    expect(report.notices.join()).toContain("ZipMap");
    expect(report.calibration.integer.accuracy).toBeGreaterThan(0.9);
    const { constraints, publicSignals, rows, domain } = report.circuit;
    expect(rows).toBe(constraints + publicSignals + 1);
    expect(domain).toBeGreaterThanOrEqual(rows);
    const costs = report.layers.reduce(
      (sum: number, layer: { rows: number }) => sum + layer.rows,
      0,
    );
    expect(costs).toBe(constraints);
  });

  it("says the same in tables, for people", async () => {
    const args = [...["model", "import", MODEL, "--calibration", DATA], "--out", place("told")];
    const { code, stdout } = await runAssay(args, { home, cwd: dir });
    expect(code).toBe(0);
    for (const word of ["What rounding cost", "held out", "constraints", "to spare", "estimate"]) {
      expect(stdout).toContain(word);
    }
  });

  it("is refused with keys before it has any, and by the files of others", async () => {
    const prove = await run("prove", "--package", place("iris"), "-i", flower, "--real");
    expect([prove.exit, prove.error?.code]).toEqual([6, "PACKAGE_DRAFT"]);
    expect(prove.error?.hint).toContain("assay circuit setup");
    expect((await importInto("iris")).error?.code).toBe("ALREADY_THERE");
  });

  it("gets its keys where it lies, proves, verifies, and can be trusted by anybody", async () => {
    const setup = await run("circuit", "setup", place("iris"));
    expect(setup.exit).toBe(0);
    const out = place("proof.json");
    const proven = await run(
      "prove",
      "--package",
      place("iris"),
      "-i",
      flower,
      "--real",
      "-o",
      out,
    );
    expect(proven.data).toMatchObject({ circuit: setup.data["circuit"], prediction: { index: 1 } });
    const verify = ["verify", out, "--package", place("iris"), "--allow-development-keys"];
    expect((await run(...verify)).data).toMatchObject({ valid: true, prediction: { index: 1 } });

    const file = JSON.parse(await readFile(out, "utf8"));
    const other = place("other.json");
    for (const forged of [
      { ...file, outputs: [file.outputs[1], file.outputs[0], file.outputs[2]] },
      { ...file, inputs: [{}] },
    ]) {
      await writeFile(other, JSON.stringify(forged));
      const refused = await run("verify", other, "--package", place("iris"));
      expect([refused.exit, refused.data["valid"]]).toEqual([5, false]);
    }

    const trusted = await run("package", "verify", place("iris"));
    expect([trusted.exit, trusted.data["valid"]]).toEqual([0, true]);
    const keys = await run("circuit", "setup", place("iris"));
    expect([keys.exit, keys.error?.code]).toEqual([6, "NOT_A_DRAFT"]);
  }, 60_000);

  it("is trusted only as far as powers of tau are there to follow its keys to", async () => {
    const elsewhere = place("another-home");
    const args = ["package", "verify", place("iris"), "--json"];
    const without = await runAssay(args, { home: elsewhere, cwd: dir });
    expect(without.code).toBe(6);
    expect(lastJson(without)).toMatchObject({ ok: false, error: { code: "PTAU_MISSING" } });
    const skipped = await runAssay([...args, "--skip-keys"], { home: elsewhere, cwd: dir });
    expect(skipped.code).toBe(0);
    const given = ["--ptau", join(home, "ptau", "development-8.ptau")];
    expect((await runAssay([...args, ...given], { home: elsewhere, cwd: dir })).code).toBe(0);
  }, 60_000);

  it("is not used with one byte changed, nor in the format before", async () => {
    const copy = place("copy");
    await cp(place("iris"), copy, { recursive: true });
    const rows = await readFile(join(copy, "circuit.r1cs"));
    rows[500] = (rows[500] ?? 0) ^ 1;
    await writeFile(join(copy, "circuit.r1cs"), rows);
    const verdict = await run("package", "verify", copy, "--skip-keys");
    expect([verdict.exit, verdict.error?.code]).toEqual([6, "ARTEFACT_ALTERED"]);
    expect(verdict.data["valid"]).toBe(false);

    const manifest = join(copy, "manifest.json");
    const text = await readFile(manifest, "utf8");
    await writeFile(manifest, text.replace("package/2", "package/1"));
    const proof = await run("prove", "--package", copy, "-i", flower, "--real");
    expect([proof.exit, proof.error?.code]).toEqual([6, "PACKAGE_VERSION"]);
  });

  it("refuses samples, dimensions and visibilities that are not the model's", async () => {
    const short = place("short.csv");
    await writeFile(short, "1,2,3\n4,5,6\n");
    const wrong = await run("model", "import", MODEL, "--calibration", short, "--out", place("x"));
    expect([wrong.exit, wrong.error?.code]).toEqual([2, "MALFORMED_INPUT"]);
    expect(wrong.error?.message).toContain("the model takes 4");
    for (const args of [
      ["--hashed", "X", "--private", "inputs"],
      ["--private", "outputs"],
    ]) {
      const refused = await importInto("x", ...args);
      expect([refused.exit, refused.error?.code], args.join(" ")).toEqual([2, "USAGE"]);
    }
    const all = ["model", "import", MODEL, "--calibration", DATA, "-o", place("x"), "--dim", "n=0"];
    expect((await runAssay(all, { home, cwd: dir })).code).toBe(2);
  }, 60_000);

  // Poseidon's rows need powers of tau that take snarkjs half a minute.
  it.skipIf(!isBuilt("native"))(
    "shows of a hashed input what its owner likes",
    async () => {
      expect((await importInto("hashed", "--hashed", "inputs")).exit).toBe(0);
      expect((await run("circuit", "setup", place("hashed"))).exit).toBe(0);
      const out = place("hashed.json");
      const prove = ["prove", "--package", place("hashed"), "-i", flower, "--real", "-o", out];
      const verify = ["verify", out, "--package", place("hashed"), "--allow-development-keys"];
      await run(...prove);
      const opened = JSON.parse(await readFile(out, "utf8"));
      expect(opened.inputs).toEqual([{ elements: expect.any(Array), salt: "0" }]);
      const concealed = await run(...prove, "--conceal");
      const file = JSON.parse(await readFile(out, "utf8"));
      expect(file.inputs).toEqual([{ digest: expect.any(String) }]);
      expect((await run(...verify)).exit).toBe(0);
      const [salt] = concealed.data["salts"] as readonly string[];
      const elements = opened.inputs[0].elements;
      const outcomeOf = async (inputs: unknown): Promise<number | null> => {
        await writeFile(out, JSON.stringify({ ...file, inputs }));
        return (await run(...verify)).exit;
      };
      expect(await outcomeOf([{ elements, salt }])).toBe(0);
      expect(await outcomeOf([{ elements, salt: "0" }])).toBe(5);
    },
    60_000,
  );

  it("keeps a private input out of the proof file, and is then served by nobody", async () => {
    expect((await importInto("private", "--private", "X")).exit).toBe(0);
    expect((await run("circuit", "setup", place("private"))).exit).toBe(0);
    const out = place("private.json");
    await run("prove", "--package", place("private"), "-i", flower, "--real", "-o", out);
    expect(JSON.parse(await readFile(out, "utf8")).inputs).toEqual([{}]);
    const verify = ["verify", out, "--package", place("private"), "--allow-development-keys"];
    expect((await run(...verify)).data).toMatchObject({ valid: true, prediction: { index: 1 } });
  }, 60_000);
});
