/**
 * For tests: one subnet of the real pallets over a bare State, without extrinsics and their signatures. Blocks are driven
 * by hand; after each one all events are encoded, as the executive does.
 * @module
 */
import { hotkeyOf } from "../../account.ts";
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  DispatchFailure,
  type Origin,
  type PalletPart,
  type PoolRefusal,
} from "../runtime/pallet.ts";
import { State } from "../runtime/state.ts";
import { LOCAL_BEACON } from "./drand.ts";
import { endow } from "./ledger.ts";
import { PARTS } from "./parts.ts";

export const NETUID = 1;
export const TOKEN = 1_000_000_000n;
const BLOCK_MS = 250;
/** An hour after the beacon began. */
const START_MS = (LOCAL_BEACON.genesisSeconds + 3_600) * 1_000;

/** Some account, told apart by its name. */
export function accountOf(name: string): Hotkey {
  const bytes = new Uint8Array(32);
  bytes.set(new TextEncoder().encode(name).subarray(0, 32));
  return hotkeyOf(bytes);
}

export const OWNER: Hotkey = accountOf("owner");
export const OWNER_HOTKEY: Hotkey = accountOf("owner's hotkey");

interface EventRecord {
  readonly name: string;
  readonly value: unknown;
}

export class TestSubnet {
  readonly #values = new Map<string, Uint8Array>();
  readonly state: State = new State({
    get: (key) => this.#values.get(key),
    keys: (prefix) => [...this.#values.keys()].filter((key) => key.startsWith(prefix)),
  });
  block = 0;
  events: EventRecord[] = [];
  #context: Context = this.#contextOf();

  /** Found by its owner, whose hotkey has uid 0; without commit-reveal, limits of rates, or a tempo that is soon over. */
  constructor() {
    for (const part of PARTS) part.genesis?.(this.state);
    endow(this.state, OWNER, 10_000n * TOKEN);
    this.state.put("SubtensorModule.MaxEpochsPerBlock", [], 2);
    this.next();
    this.call(OWNER, "register_network", { hotkey: OWNER_HOTKEY });
    this.state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], false);
    this.state.put("SubtensorModule.WeightsSetRateLimit", [NETUID], 0n);
    this.state.put("SubtensorModule.LastEpochBlock", [NETUID], 1n);
    this.state.put("SubtensorModule.MaxRegistrationsPerBlock", [NETUID], 256);
  }

  get timestampMs(): number {
    return START_MS + this.block * BLOCK_MS;
  }

  /** A neuron whose coldkey stakes on it. @returns its uid */
  join(name: string, stake: bigint): number {
    const coldkey = accountOf(`${name}'s coldkey`);
    const hotkey = accountOf(name);
    endow(this.state, coldkey, stake + 1_000n * TOKEN);
    this.call(coldkey, "burned_register", { netuid: NETUID, hotkey });
    if (stake > 0n) {
      this.state.put("SubtensorModule.SubtokenEnabled", [NETUID], true);
      this.call(coldkey, "add_stake", { netuid: NETUID, hotkey, amount_staked: stake });
    }
    return this.state.get("SubtensorModule.Uids", [NETUID, hotkey]) ?? -1;
  }

  /** Makes the next block begin, `count` times. */
  next(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.#encodeEvents();
      for (const [key, bytes] of this.state.takeChanges()) {
        if (bytes === undefined) this.#values.delete(key);
        else this.#values.set(key, bytes);
      }
      this.block += 1;
      this.events = [];
      this.#context = this.#contextOf();
      this.state.put("System.Number", [], this.block);
      for (const part of PARTS) part.onInitialize?.(this.#context);
    }
  }

  /** @throws DispatchFailure */
  call(who: Hotkey, name: string, args: object): void {
    const origin: Origin = { kind: "signed", who };
    const before = this.events.length;
    try {
      this.state.transaction(() => handlerOf(name)(this.#context, origin, args as never));
    } catch (error) {
      this.events.length = before;
      throw error;
    }
  }

  /** The error by which the call fails, "ok" when it does not. */
  outcome(who: Hotkey, name: string, args: object): string {
    try {
      this.call(who, name, args);
      return "ok";
    } catch (error) {
      if (error instanceof DispatchFailure) return error.message.replace("SubtensorModule.", "");
      throw error;
    }
  }

  /** What the pool says of the call, for the block that is under way. */
  screen(who: Hotkey, name: string, args: object): PoolRefusal | undefined {
    const screens = PARTS.flatMap((part) => part.screens?.[name] ?? []);
    return screens[0]?.(this.#context, who, args as never);
  }

  /** Values of this block's events of that name. */
  eventsOf(name: string): unknown[] {
    return this.events.filter((event) => event.name === name).map(({ value }) => value);
  }

  #contextOf(): Context {
    const { state, block, timestampMs } = this;
    const { events } = this;
    const emit: Context["emit"] = (pallet, event, value) => {
      events.push({ name: `${pallet}.${event}`, value });
    };
    const dispatch = (): never => {
      throw new Error("these pallets dispatch nothing");
    };
    return { state, block, timestampMs, emit, dispatch };
  }

  #encodeEvents(): void {
    const records = this.events.map(({ name, value }) => {
      const [type = "", variant] = name.split(".");
      return {
        phase: { type: "Initialization" as const },
        event: { type, value: { type: variant, value } },
        topics: [],
      };
    });
    this.state.put("System.Events", [], records);
  }
}

function handlerOf(name: string): NonNullable<PalletPart["calls"]>[string] {
  const handler = PARTS.flatMap((part) => part.calls?.[name] ?? [])[0];
  if (handler === undefined) throw new Error(`no pallet has a call ${name}`);
  return handler;
}
