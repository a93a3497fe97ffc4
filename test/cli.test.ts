/**
 * The command line from outside: exit codes, one JSON object, errors that say what to do.
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastJson, ROOT, runAssay, startAssay } from "./assay.ts";

let dir = "";
let home = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-cli-"));
  home = join(dir, "home");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What every failing command must tell. */
async function failure(args: readonly string[], in_: string = home) {
  const finished = await runAssay([...args, "--json"], { home: in_ });
  const { ok, error } = lastJson(finished) as {
    ok: boolean;
    error: { code: string; message: string; hint: string };
  };
  expect(ok).toBe(false);
  expect(error.hint).not.toBe("");
  return { exit: finished.code, ...error };
}

describe("assay", () => {
  const commands = [
    "demo",
    "miner start",
    "validator start",
    "chain metagraph",
    "chain register",
    "chain serve",
    "chain weights",
    "chain status",
    "chain commitment",
    "localnet up",
    "localnet reset",
    "localnet faucet",
    "localnet pause",
    "localnet step",
    "localnet resume",
    "keys create",
    "keys list",
    "keys check",
    "keys sign",
    "keys verify",
    "circuit setup",
    "package verify",
    "ceremony new",
    "ceremony contribute",
    "ceremony beacon",
    "ceremony prepare",
    "ceremony verify",
    "ceremony development",
    "ceremony key new",
    "ceremony key contribute",
    "ceremony key beacon",
    "ceremony key verify",
    "ceremony key export",
    "prove",
    "verify",
    "model import",
    "model inspect",
    "model run",
    "bench throughput",
    "bench compile",
    "bench all",
  ];
  it.each(commands)("%s --help says how it is used, with an example", async (command) => {
    const { code, stdout } = await runAssay([...command.split(" "), "--help"], { home });
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: assay ${command}`);
    expect(stdout).toContain("Example");
    expect(stdout).toContain("--json");
  });

  it("refuses an unknown command with exit code 2", async () => {
    const { code, stderr } = await runAssay(["mine"], { home });
    expect(code).toBe(2);
    expect(stderr).toContain("mine");
  });

  it("inspects the model of the catalogue", async () => {
    const finished = await runAssay(["model", "inspect", "mnist-mlp", "--json"], { home });
    expect(finished.code).toBe(0);
    const { ok, data } = lastJson(finished) as { ok: boolean; data: Record<string, unknown> };
    expect(ok).toBe(true);
    expect(data["id"]).toMatch(/^[0-9a-f]{64}$/);
    expect(data).not.toHaveProperty("refusal");
  });

  it("computes a digit from a picture, in both readers alike", async () => {
    const args = ["model", "run", "mnist-mlp", "--input", "docs/digit.png", "--json"];
    const finished = await runAssay(args, { home });
    const { data } = lastJson(finished) as { data: { outputs: number[]; prediction: object } };
    expect(data.outputs).toHaveLength(10);
    expect(data.prediction).toMatchObject({ label: "7" });
  });

  it("refuses a truncated ONNX file", async () => {
    const whole = await readFile(join(ROOT, "models/zoo/mnist-mlp/integer.onnx"));
    const path = join(dir, "truncated.onnx");
    await writeFile(path, whole.subarray(0, whole.length >> 1));
    const { exit, message } = await failure(["model", "inspect", path]);
    expect(exit).not.toBe(0);
    expect(message).toContain("ONNX");
  });

  it("refuses an input of the wrong size", async () => {
    const path = join(dir, "short.json");
    await writeFile(path, "[1,2,3]");
    const { exit, code, message } = await failure([...["model", "run"], "--input", path]);
    expect([exit, code]).toEqual([2, "MALFORMED_INPUT"]);
    expect(message).toContain("784");
  });

  it("refuses a port in use, and names it", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => squatter.once("listening", resolve));
    const address = squatter.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const { exit, code, message } = await failure(["localnet", "up", "--port", `${address.port}`]);
    squatter.close();
    expect([exit, code]).toEqual([3, "PORT_IN_USE"]);
    expect(message).toContain(String(address.port));
  });

  it("refuses an ASSAY_HOME of another version, and leaves it alone", async () => {
    const old = join(dir, "old");
    const { code } = await runAssay(["localnet", "up", "--help"], { home: old });
    expect(code).toBe(0);
    const up = startAssay(["localnet", "up", "--port", "0", "--json"], { home: old });
    await up.waitForEvent("listening");
    up.child.kill("SIGTERM");
    expect((await up.finished).code).toBe(143);
    await writeFile(join(old, "version"), "999\n");
    const refused = await failure(["localnet", "up", "--port", "0"], old);
    expect([refused.exit, refused.code]).toEqual([3, "HOME_VERSION"]);
    expect(await readFile(join(old, "version"), "utf8")).toBe("999\n");
  });

  it("makes powers of tau step by step, and writes over nothing unless it is forced to", async () => {
    const file = (name: string): string => join(dir, name);
    const run = async (...args: string[]): Promise<Record<string, unknown>> => {
      const finished = await runAssay(["ceremony", ...args, "--json"], { home });
      return { ...lastJson(finished), exit: finished.code };
    };
    const fresh = ["new", "--power", "4", "--out", file("0.ptau")];
    expect(await run(...fresh)).toMatchObject({ ok: true, exit: 0 });
    const before = await readFile(file("0.ptau"));
    expect(await run(...fresh)).toMatchObject({ exit: 1, error: { code: "ALREADY_THERE" } });
    expect(await run(...fresh, "--force")).toMatchObject({ ok: true });
    expect(await readFile(file("0.ptau"))).toEqual(before);

    expect(await run("verify", file("0.ptau"))).toMatchObject({ exit: 6, data: { valid: false } });
    const by = ["contribute", file("0.ptau"), "--name", "Ada", "--out", file("1.ptau")];
    const contributed = (await run(...by)) as { data: { contributions: unknown } };
    const { contributions } = contributed.data;
    expect(contributions).toMatchObject([{ name: "Ada", kind: "contribution" }]);
    expect(await run("verify", file("1.ptau"))).toMatchObject({
      exit: 0,
      data: { valid: true, contributions },
    });
    expect(await run("prepare", file("9.ptau"), "--out", file("2.ptau"))).toMatchObject({
      exit: 1,
    });
    const large = ["ceremony", "new", "--power", "29", "--out", file("3.ptau")];
    expect((await runAssay(large, { home })).code).toBe(2);
  }, 60_000);

  it("takes the engine that is named, and no other", async () => {
    const args = ["ceremony", "new", "--power", "1", "--out", join(dir, "engine.ptau")];
    const { code, stderr } = await runAssay([...args, "--engine", "abacus"], { home });
    expect(code).toBe(2);
    expect(stderr).toContain("native, reference");
    const named = await runAssay([...args, "--engine", "reference"], { home });
    expect(named.code, named.stderr).toBe(0);
    expect(named.stderr).not.toContain("native");
  });

  it("ends a validator that finds no chain with exit code 4", async () => {
    const wallets = join(dir, "wallets");
    // Port 9 is "discard": nobody listens there.
    const args = ["--network", "ws://127.0.0.1:9", "--wallet.path", wallets, "--onboard"];
    const { exit, code } = await failure(["validator", "start", ...args, "--http.port", "0"]);
    expect([exit, code]).toEqual([4, "CHAIN_UNREACHABLE"]);
  });
});
