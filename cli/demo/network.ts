/**
 * The demo's network: a chain, a validator and the cast of miners, each a process of its own, all in one run folder.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Hotkey } from "../../chain/chain.ts";
import { onboard } from "../../chain/local/onboard.ts";
import { connectSubtensor, type SubtensorChain } from "../../chain/subtensor/connect.ts";
import type { EngineName } from "../../proof/open.ts";
import { ensureLocalWallet, type WalletOptions } from "../wallet.ts";
import { CAST, PARTNER, type Role } from "./cast.ts";
import { DemoProcess } from "./process.ts";

export const NETUID = 1;
/** Short epochs: the demo shows two settings of weights and the pay that follows, and a person is waiting. */
export const TEMPO = 8;
const BLOCK_MS = 1_000;
/** The chain takes no 127.0.0.1; each miner has an address of its own from here on. */
const FIRST_HOST = 2;
/** A validator's stake: ten times what a miner asks of it by default. */
const VALIDATOR_STAKE_RAO = 10_000n * 1_000_000_000n;

export interface NetworkOptions {
  /** The run's own folder: chain state, journal, keys and logs. */
  readonly dir: string;
  readonly home: string;
  readonly model: string;
  /** What the demo chose, for all its processes. */
  readonly engine: EngineName;
  readonly weights: WeightsWay;
  readonly signal: AbortSignal;
}

/** How the validator's weights reach the chain: openly, or committed under drand's time lock first. */
export type WeightsWay = "plain" | "timelocked";

export interface Member {
  readonly role: Role;
  readonly hotkey: Hotkey;
  readonly process: DemoProcess;
}

export interface Network {
  readonly chain: SubtensorChain;
  readonly validator: DemoProcess;
  readonly validatorHotkey: Hotkey;
  readonly miners: readonly Member[];
  readonly journal: string;
  /** Rejects when a process ends that should not have. */
  readonly watch: Promise<never>;
}

/** Everything started so far, so that a failure halfway leaves nothing behind. */
export class DemoNetwork {
  readonly #options: NetworkOptions;
  readonly #processes: DemoProcess[] = [];
  #chain: SubtensorChain | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  async start(say: (line: string) => void): Promise<Network> {
    const { dir, signal } = this.#options;
    await mkdir(join(dir, "logs"), { recursive: true, mode: 0o700 });
    const localnet = this.#start("localnet", [
      ...["localnet", "up", "--port", "0", "--dir", join(dir, "chain")],
      ...["--block-time", `${BLOCK_MS}ms`, "--tempo", String(TEMPO)],
      ...["--weights", this.#options.weights],
    ]);
    const url = String((await localnet.waitFor("listening", signal))["url"]);
    const chain = await connectSubtensor(url, { signal });
    this.#chain = chain;
    say(
      `local chain at ${url}: a block every ${BLOCK_MS / 1000} s, an epoch every ${TEMPO} blocks`,
    );

    const hotkeys = await this.#onboardAll(chain);
    const hotkeyOf = (name: string): Hotkey => {
      const found = hotkeys.get(name);
      if (found === undefined) throw new Error(`no wallet ${name}`);
      return found;
    };
    say("registered one validator and four miners");

    const miners = CAST.map((role, index) => ({
      role,
      hotkey: hotkeyOf(role.name),
      process: this.#start(role.name, [
        ...["demo-miner", "--behaviour", role.behaviour, "--partner", hotkeyOf(PARTNER)],
        ...this.#neuron(url, role.name),
        ...["--host", `127.0.0.${FIRST_HOST + index}`],
        ...["--axon.port", "0", "--model", this.#options.model, "--dir", join(dir, role.name)],
      ]),
    }));
    const journal = join(dir, "validator");
    const validator = this.#start("validator", [
      ...["validator", "start", ...this.#neuron(url, "validator")],
      ...["--model", this.#options.model, "--dir", journal, "--http.port", "0"],
      // As many proofs as a small machine makes side by side, and the one that sleeps: more would only wait.
      ...["--interval-ms", "50", "--concurrency", "3"],
    ]);
    await Promise.all(
      [...miners.map((member) => member.process), validator].map((one) =>
        one.waitFor("serving", signal),
      ),
    );
    say("one validator and four miners are up, each a process of its own on loopback");
    return {
      chain,
      validator,
      validatorHotkey: hotkeyOf("validator"),
      miners,
      journal,
      watch: Promise.race(this.#processes.map((one) => one.watch())),
    };
  }

  /** The validator first, so that no job is cut short by a miner that left; the chain last. */
  async stop(): Promise<void> {
    for (const one of this.#processes.toReversed()) {
      if (one.name !== "localnet") await one.stop();
    }
    await this.#chain?.close();
    for (const one of this.#processes) await one.stop();
  }

  #start(name: string, args: readonly string[]): DemoProcess {
    const { dir, home } = this.#options;
    const started = new DemoProcess(
      name,
      [...args, "--home", home],
      join(dir, "logs", `${name}.log`),
    );
    this.#processes.push(started);
    return started;
  }

  #neuron(url: string, name: string): string[] {
    return [
      "--network",
      url,
      "--netuid",
      String(NETUID),
      "--engine",
      this.#options.engine,
      "--wallet.path",
      this.#wallets,
      "--wallet.name",
      name,
    ];
  }

  get #wallets(): string {
    return join(this.#options.dir, "wallets");
  }

  async #onboardAll(chain: SubtensorChain): Promise<ReadonlyMap<string, Hotkey>> {
    const names = ["validator", ...CAST.map((role) => role.name)];
    const entries = await Promise.all(
      names.map(async (name): Promise<[string, Hotkey]> => {
        const wallet: WalletOptions = {
          "wallet.path": this.#wallets,
          "wallet.name": name,
          "wallet.hotkey": "default",
        };
        const { hotkey, coldkey } = await ensureLocalWallet(wallet);
        await onboard(chain, {
          netuid: NETUID,
          coldkey,
          hotkey: hotkey.hotkey,
          ...(name === "validator" ? { stakeRao: VALIDATOR_STAKE_RAO } : {}),
        });
        return [name, hotkey.hotkey];
      }),
    );
    return new Map(entries);
  }
}
