/**
 * The README's commands are true: each one is run here, or is run by .ci/run.
 * @module
 */
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, runAssay, startAssay } from "./assay.ts";
import { sharedHome } from "./shared-home.ts";

const ASSAY = "npm run assay -- ";
const readme = await readFile(join(ROOT, "README.md"), "utf8");
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) =>
  (block[1] ?? "").trim().split("\n"),
);
/** Those that need the network of the README to be up. */
const looksOn = (args: readonly string[]): boolean => args.includes("--network");
const keepsRunning = (args: readonly string[]): boolean => ["up", "start"].includes(args[1] ?? "");

describe("the README", () => {
  const home = sharedHome();
  let work = "";
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), "assay-readme-work-"));
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it("names no npm command that .ci/run leaves out", async () => {
    const ci = await readFile(join(ROOT, ".ci/run"), "utf8");
    const npm = commands.filter((line) => !line.startsWith(ASSAY));
    expect(npm).toEqual(["npm ci", "npm run demo", "npm test"]);
    for (const command of npm) {
      expect(ci).toContain(command.replace("npm run demo", "npm run --silent demo"));
    }
  });

  it("links only to files that exist", async () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) await access(join(ROOT, link));
  });

  const once = commands
    .filter((line) => line.startsWith(ASSAY))
    .map((line) => line.slice(ASSAY.length).split(" "))
    .filter((args) => !keepsRunning(args) && !looksOn(args));
  it.each(once.map((args) => [args.join(" "), args] as const))(
    "assay %s does what it says",
    async (_name, args) => {
      const absolute = args.map((arg) => (/^(docs|models)\//.test(arg) ? join(ROOT, arg) : arg));
      const { code, stdout, stderr } = await runAssay(absolute, { home, cwd: work });
      expect(code, stderr).toBe(0);
      expect(stdout).not.toBe("");
    },
    300_000,
  );

  it("starts a network from its three commands, shows it by the others, and each ends on SIGTERM", async () => {
    const all = commands
      .filter((line) => line.startsWith(ASSAY))
      .map((line) => line.slice(ASSAY.length).split(" "));
    const serving = all.filter(keepsRunning);
    const onlookers = all.filter((args) => looksOn(args) && !keepsRunning(args));
    expect(onlookers.length).toBeGreaterThan(2);
    expect(serving.map((args) => args[0])).toEqual(["localnet", "miner", "validator"]);
    const [up, ...neurons] = serving;
    if (up === undefined) throw new Error("no localnet in the README");
    // The ports a reader uses may be taken on this machine: the test takes free ones.
    const chain = startAssay([...up.with(-1, "0"), "--json"], { home, cwd: work });
    const running = [chain];
    try {
      const { url } = await chain.waitForEvent("listening");
      const onUrl = (args: readonly string[]): string[] =>
        args.map((arg) => (arg.startsWith("ws://") ? String(url) : arg));
      const wallets = ["--wallet.path", join(work, "wallets")];
      for (const args of neurons) {
        const free = onUrl(args);
        const port = args[0] === "miner" ? "--axon.port" : "--http.port";
        const place = [...wallets, port, "0"];
        const neuron = startAssay([...free, ...place, "--json"], { home, cwd: work });
        running.push(neuron);
        await neuron.waitForEvent("serving");
      }
      const [, , validator] = running;
      const verdict = await validator?.waitForEvent("verdict");
      expect(verdict?.["verdict"]).toEqual({ kind: "accepted" });
      for (const args of onlookers) {
        const place = args.includes("--wallet.name") ? wallets : [];
        const { code, stdout, stderr } = await runAssay([...onUrl(args), ...place], {
          home,
          cwd: work,
        });
        expect(code, stderr).toBe(0);
        expect(stdout).not.toBe("");
      }
    } finally {
      for (const one of running.toReversed()) {
        one.child.kill("SIGTERM");
        expect((await one.finished).code).toBe(143);
      }
    }
  }, 120_000);
});
