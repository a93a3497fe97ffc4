/**
 * The operator's commands against a local chain that `assay localnet up` runs: what is shown, what is signed and only
 * after a yes, what the chain refuses, and how a chain is stopped, stepped and deleted.
 * @module
 */
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastJson, type Running, runAssay, startAssay } from "./assay.ts";

interface Answer {
  readonly code: number | null;
  readonly ok: boolean;
  readonly data: Record<string, unknown>;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

interface Settler {
  readonly name: string;
  readonly hotkey: string;
  readonly uid: number;
}

describe("a local chain with a validator and two miners", () => {
  let home = "";
  let dir = "";
  let url = "";
  let wallets = "";
  let up: Running;
  const uids = new Map<string, number>();
  const hotkeys = new Map<string, string>();

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "assay-chain-"));
    dir = join(home, "net");
    wallets = join(home, "wallets");
    const place = ["--port", "0", "--dir", dir, "--wallet.path", wallets];
    const cast = ["--validators", "1", "--miners", "2", "--block-time", "100ms", "--tempo", "20"];
    up = startAssay(["localnet", "up", ...place, ...cast, "--json"], { home });
    url = String((await up.waitForEvent("listening"))["url"]);
    const { neurons } = (await up.waitForEvent("settled")) as { neurons?: Settler[] };
    for (const { name, uid, hotkey } of neurons ?? []) {
      uids.set(name, uid);
      hotkeys.set(name, hotkey);
    }
  }, 120_000);
  afterAll(async () => {
    up.child.kill("SIGKILL");
    await up.finished;
    await rm(home, { recursive: true, force: true });
  });

  async function assay(...args: string[]): Promise<Answer> {
    const finished = await runAssay([...args, "--json"], { home });
    return { code: finished.code, ...(lastJson(finished) as Omit<Answer, "code">) };
  }
  const chain = (verb: string, ...args: string[]): Promise<Answer> =>
    assay("chain", verb, "--network", url, ...args);
  const as = (name: string): string[] => ["--wallet.path", wallets, "-w", name];
  const uidOf = (name: string): number => uids.get(name) ?? -1;

  const axonOf = ({ data }: Answer, name: string): unknown =>
    (data as { neurons: { endpoint: unknown }[] }).neurons[uidOf(name)]?.endpoint;

  it("shows who is there, to people and to scripts, and how each stands", async () => {
    const [table, metagraph, status] = await Promise.all([
      runAssay(["chain", "metagraph", "--network", url], { home }),
      chain("metagraph"),
      chain("status", ...as("validator-1")),
    ]);
    expect(table.code, table.stderr).toBe(0);
    for (const hotkey of hotkeys.values()) expect(table.stdout).toContain(hotkey);
    const { neurons } = metagraph.data as { neurons: { uid: number; stake: string }[] };
    // Uid 0 is the subnet owner's.
    expect(neurons.map(({ uid }) => uid)).toEqual([0, 1, 2, 3]);
    expect(BigInt(neurons[uidOf("validator-1")]?.stake ?? 0)).toBeGreaterThanOrEqual(10n ** 13n);
    expect(axonOf(metagraph, "miner-1")).toBe(null);
    expect(status.data).toMatchObject({
      ...{ isLocal: true, endpoint: url, blockMs: 100, netuid: 1, blocksUntilWeights: 0 },
      epoch: { tempo: 20, commitReveal: "off" },
      self: { uid: uidOf("validator-1"), hotkey: hotkeys.get("validator-1") },
      pendingCommits: [],
    });
    expect(Math.abs(Number(status.data["clockOffsetMs"]))).toBeLessThan(6_000);
  });

  // Each signs with a wallet of its own, so they need not wait for each other.
  it.concurrent("signs nothing for who only looks, nor unasked; then publishes, and names what the chain refuses", async () => {
    const serve = ["serve", ...as("miner-1"), "--port", "8091"] as const;
    const dry = await chain(...serve, "--ip", "127.0.0.2", "--dry-run");
    expect(dry).toMatchObject({ code: 0, ok: true });
    expect(dry.data).toMatchObject({
      ...{ dryRun: true, pallet: "SubtensorModule", call: "serve_axon", obstacles: [] },
      args: { netuid: 1, port: 8091, ip_type: 4 },
    });
    const unasked = await chain(...serve, "--ip", "127.0.0.2");
    expect([unasked.code, unasked.error.code]).toEqual([2, "CONFIRMATION_NEEDED"]);
    expect(unasked.error.hint).toContain("--yes");
    expect(axonOf(await chain("metagraph"), "miner-1")).toBe(null);

    const served = await chain(...serve, "--ip", "127.0.0.2", "--yes");
    expect(served).toMatchObject({ code: 0, data: { block: { number: expect.any(Number) } } });
    expect(axonOf(await chain("metagraph"), "miner-1")).toEqual({ ip: "127.0.0.2", port: 8091 });
    const refused = await chain(...serve, "--ip", "127.0.0.1", "--yes");
    expect([refused.code, refused.error.code]).toEqual([4, "InvalidIpAddress"]);
  }, 120_000);

  it.concurrent("sets weights by hand, and shows them as the chain has them", async () => {
    const wanted = [
      [uidOf("miner-1"), 3],
      [uidOf("miner-2"), 1],
    ].toSorted(([a = 0], [b = 0]) => a - b);
    const file = join(home, "weights.json");
    await writeFile(file, JSON.stringify(wanted));
    const weights = ["weights", ...as("validator-1")] as const;
    const scaled = wanted.map(([uid, weight]) => [uid, weight === 3 ? 65_535 : 21_845]);
    const dry = await chain(...weights, "--file", file, "--dry-run");
    expect(dry.data).toMatchObject({ args: { weights: scaled.map(([, weight]) => weight) } });
    const list = wanted.map((pair) => pair.join(":")).join(",");
    // Permits come with the first epoch, which is two seconds long.
    await expect
      .poll(async () => (await chain(...weights, "--weights", list, "--yes")).code, {
        timeout: 60_000,
      })
      .toBe(0);
    expect((await chain(...weights)).data["weights"]).toEqual(scaled);
  }, 120_000);

  it.concurrent("publishes a commitment, and shows anybody's", async () => {
    const text = "circuit c1c1c1";
    const none = await chain("commitment", ...as("miner-2"));
    expect(none.data["commitment"]).toBe(null);
    const published = await chain("commitment", ...as("miner-2"), "--text", text, "--yes");
    expect(published.data).toMatchObject({ pallet: "Commitments", call: "set_commitment" });
    const shown = await chain("commitment", "--of", hotkeys.get("miner-2") ?? "");
    expect(shown.data["commitment"]).toMatchObject({
      text,
      hex: Buffer.from(text).toString("hex"),
    });
  }, 120_000);

  it.concurrent("registers a hotkey with its coldkey, once it has tokens and not dearer than allowed", async () => {
    const wallet = ["--wallet.path", wallets, "-w", "late"];
    const bare = ["--no-encrypt", "--mnemonic-file", join(home, "mnemonic")];
    const made = await assay("keys", "create", "wallet", ...wallet, ...bare);
    expect(made.ok, JSON.stringify(made.error)).toBe(true);
    const { keys } = made.data as { keys: { kind: string; address: string }[] };
    const coldkey = keys.find(({ kind }) => kind === "coldkey")?.address ?? "";
    const register = ["register", ...wallet, "--yes"] as const;
    const poor = await chain(...register);
    expect([poor.code, poor.error.code]).toEqual([4, "INSUFFICIENT_BALANCE"]);
    const given = await assay("localnet", "faucet", coldkey, "--network", url, "--amount", "20");
    expect(given.data).toMatchObject({ balance: "20000000000" });
    const dear = await chain(...register, "--max-cost", "0.0000001");
    expect([dear.code, dear.error.code]).toEqual([4, "RegistrationPriceLimitExceeded"]);
    const seatless = await assay("miner", "start", "--network", url, ...wallet);
    expect([seatless.code, seatless.error.code]).toEqual([4, "NOT_REGISTERED"]);
    expect((await chain(...register)).data).toMatchObject({ uid: 4, isNew: true });
    expect((await chain(...register)).data).toMatchObject({ uid: 4, isNew: false });
  }, 120_000);

  it("stands still, makes blocks when told to, and goes on", async () => {
    const order = (verb: string, ...more: string[]): Promise<Answer> =>
      assay("localnet", verb, "--network", url, ...more);
    expect((await order("pause")).ok).toBe(true);
    const first = await order("step");
    const second = await order("step", "--blocks", "7");
    expect(second.data["number"]).toBe(Number(first.data["number"]) + 7);
    expect((await order("resume")).ok).toBe(true);
    const nobody = await assay("localnet", "pause", "--network", "ws://127.0.0.1:9");
    expect([nobody.code, nobody.error.code]).toEqual([4, "CHAIN_UNREACHABLE"]);
  });

  it("is deleted only when it rests, and nothing else ever is", async () => {
    const reset = (folder: string): Promise<Answer> =>
      assay("localnet", "reset", "--dir", folder, "--yes");
    const running = await reset(dir);
    expect([running.code, running.error.code]).toEqual([75, "LOCKED"]);
    up.child.kill("SIGTERM");
    expect((await up.finished).code).toBe(143);

    const [foreign, unasked] = await Promise.all([
      reset(wallets),
      assay("localnet", "reset", "--dir", dir),
    ]);
    expect([foreign.code, foreign.error.code]).toEqual([1, "NOT_A_LOCAL_CHAIN"]);
    expect([unasked.code, unasked.error.code]).toEqual([2, "CONFIRMATION_NEEDED"]);
    await access(join(dir, "chain.sqlite"));
    expect((await reset(dir)).data).toEqual({ dir });
    await expect(access(dir)).rejects.toThrow();
    await access(wallets);
  });
});
