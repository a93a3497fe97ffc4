import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readR1cs } from "../proof/files/r1cs.ts";
import { newFolder } from "../store/testing.ts";
import { compileCircuit } from "./compile.ts";
import { gadgetSource } from "./testing.ts";

describe("compileCircuit", () => {
  it("makes rows and a witness program, each below the folder it was given", async () => {
    const dir = await newFolder(onTestFinished);
    const { r1cs, wasm } = await compileCircuit({
      source: gadgetSource("tag.circom", "Tag()", ["tag"]),
      dir,
    });
    expect(readR1cs(await readFile(r1cs))).toMatchObject({ nPubOut: 0, nPubIn: 1 });
    expect((await readFile(wasm)).subarray(0, 4).toString("latin1")).toBe("\0asm");
    for (const path of [r1cs, wasm]) expect(path.startsWith(dir)).toBe(true);
  });

  it("says which line does not compile, in plain text", async () => {
    const source = "pragma circom 2.1.0;\ntemplate A() { y <== 1; }\ncomponent main = A();";
    const dir = await newFolder(onTestFinished);
    const compiling = compileCircuit({ source, dir });
    await expect(compiling).rejects.toMatchObject({
      code: "COMPILE_FAILED",
      message: expect.stringContaining('"main.circom":2:'),
    });
    const { message } = (await compiling.catch((error: unknown) => error)) as Error;
    expect(message).not.toContain("\u001b");
  });

  it("keeps the message short, however long the line", async () => {
    const wrong = `y <== ${"1 + ".repeat(50_000)}1;`;
    const source = `pragma circom 2.1.0;\ntemplate A() { ${wrong} }\ncomponent main = A();`;
    const dir = await newFolder(onTestFinished);
    const error = await compileCircuit({ source, dir }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "COMPILE_FAILED" });
    expect((error as Error).message.length).toBeLessThan(2_100);
  });

  it("lets a source read nothing outside its folder", async () => {
    const root = await newFolder(onTestFinished);
    const dir = join(root, "work");
    await mkdir(dir);
    await writeFile(join(root, "outside.circom"), "pragma circom 2.1.0;");
    const pragma = "pragma circom 2.1.0;\n";
    const source = gadgetSource("tag.circom", "Tag()").replace(
      pragma,
      `${pragma}include "../outside.circom";\n`,
    );
    await expect(compileCircuit({ source, dir })).rejects.toMatchObject({
      code: "COMPILE_FAILED",
      message: expect.stringContaining("outside.circom"),
    });
    await writeFile(join(dir, "inside.circom"), "pragma circom 2.1.0;");
    const allowed = source.replace("../outside", "inside");
    await expect(compileCircuit({ source: allowed, dir })).resolves.toBeDefined();
  });

  it("stops with the signal's reason, at once and while circom runs", async () => {
    const source = gadgetSource("rescale.circom", "Rescale(7, 5, 7, 1)");
    const reason = new Error("enough");
    const early = { signal: AbortSignal.abort(reason) };
    await expect(
      compileCircuit({ source, dir: await newFolder(onTestFinished) }, early),
    ).rejects.toBe(reason);
    const controller = new AbortController();
    const dir = await newFolder(onTestFinished);
    const compiling = compileCircuit({ source, dir }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    await expect(compiling).rejects.toBe(reason);
    await expect(readFile(join(dir, "main.r1cs"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
