/**
 * The demo's network: a chain, a validator and the cast of miners, each a process of its own, all in one run folder.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Chain, Hotkey } from "../../chain/chain.ts";
import { onboard } from "../../chain/local/onboard.ts";
import type { SubtensorChain } from "../../chain/subtensor/connect.ts";
import type { EngineName } from "../../proof/open.ts";
import { openChain } from "../chain-source.ts";
import { VALIDATOR_STAKE_RAO } from "../localnet-settle.ts";
import { ensureLocalWallet } from "../wallet.ts";
import { CAST, PARTNER, type Role } from "./cast.ts";
import { DemoProcess } from "./process.ts";

export const NETUID = 1;
/** Short epochs: the demo shows two settings of weights and the pay that follows, and a person is waiting. */
export const TEMPO = 8;
const BLOCK_MS = 1_000;
/** The chain takes no 127.0.0.1; each miner has an address of its own from here on. */
const FIRST_HOST = 2;
const VALIDATOR = "validator";
const LOCALNET = "localnet";

type LocalWallet = Awaited<ReturnType<typeof ensureLocalWallet>>;
type Wallets = ReadonlyMap<string, LocalWallet>;

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
    const localnet = this.#start(LOCALNET, [
      ...["localnet", "up", "--port", "0", "--dir", join(dir, "chain")],
      ...["--block-time", `${BLOCK_MS}ms`, "--tempo", String(TEMPO)],
      ...["--weights", this.#options.weights],
    ]);
    const url = String((await localnet.waitFor("listening", signal))["url"]);
    const chain = await openChain(url, { signal });
    this.#chain = chain;
    say(
      `local chain at ${url}: a block every ${BLOCK_MS / 1000} s, an epoch every ${TEMPO} blocks`,
    );

    const wallets = await this.#makeWallets();
    const hotkeyOf = (name: string): Hotkey => walletOf(wallets, name).hotkey.hotkey;
    const seats = [VALIDATOR, ...CAST.map((role) => role.name)].map((name) =>
      takeSeat(chain, walletOf(wallets, name), name === VALIDATOR),
    );
    const seated = Promise.all(seats).then(() => say("registered one validator and four miners"));
    // Awaited below: until then a failure is nobody's surprise.
    seated.catch(() => {});

    // Programs take longer to start than seats to get: they wait for theirs.
    const miners = CAST.map((role, index) => ({
      role,
      hotkey: hotkeyOf(role.name),
      process: this.#start(role.name, [
        ...["demo-miner", "--behaviour", role.behaviour, "--partner", hotkeyOf(PARTNER)],
        ...this.#neuron(url, role.name),
        ...["--host", `127.0.0.${FIRST_HOST + index}`],
        ...[
          "--await-registration",
          "--axon.port",
          "0",
          "--model",
          this.#options.model,
          "--dir",
          join(dir, role.name),
        ],
      ]),
    }));
    const journal = join(dir, "validator");
    await seats[0];
    const validator = this.#start(VALIDATOR, [
      ...["validator", "start", ...this.#neuron(url, VALIDATOR)],
      ...["--model", this.#options.model, "--dir", journal, "--http.port", "0"],
      // As many proofs as a small machine makes side by side, and the one that sleeps: more would only wait.
      ...["--interval-ms", "50", "--concurrency", "3"],
    ]);
    const neurons = [...miners.map((member) => member.process), validator];
    await Promise.all([seated, ...neurons.map((one) => one.waitFor("serving", signal))]);
    say("one validator and four miners are up, each a process of its own on loopback");
    return {
      chain,
      validator,
      validatorHotkey: hotkeyOf(VALIDATOR),
      miners,
      journal,
      watch: Promise.race(this.#processes.map((one) => one.watch())),
    };
  }

  /** The validator first, so that no job is cut short by a miner that left; the chain last. */
  async stop(): Promise<void> {
    const stop = (isMeant: (name: string) => boolean): Promise<unknown> =>
      Promise.all(this.#processes.filter(({ name }) => isMeant(name)).map((one) => one.stop()));
    await stop((name) => name === VALIDATOR);
    await stop((name) => name !== VALIDATOR && name !== LOCALNET);
    await this.#chain?.close();
    await stop((name) => name === LOCALNET);
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

  async #makeWallets(): Promise<Wallets> {
    const names = [VALIDATOR, ...CAST.map((role) => role.name)];
    const entries = names.map(async (name): Promise<[string, LocalWallet]> => {
      const place = { "wallet.path": this.#wallets, "wallet.name": name };
      return [name, await ensureLocalWallet({ ...place, "wallet.hotkey": "default" })];
    });
    return new Map(await Promise.all(entries));
  }
}

function walletOf(wallets: Wallets, name: string): LocalWallet {
  const found = wallets.get(name);
  if (found === undefined) throw new Error(`no wallet ${name}`);
  return found;
}

function takeSeat(
  chain: Chain,
  { hotkey, coldkey }: LocalWallet,
  isValidator: boolean,
): Promise<number> {
  return onboard(chain, {
    ...{ netuid: NETUID, coldkey, hotkey: hotkey.hotkey },
    ...(isValidator ? { stakeRao: VALIDATOR_STAKE_RAO } : {}),
  });
}
