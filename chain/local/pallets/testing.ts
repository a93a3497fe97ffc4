/**
 * The pallets without blocks, signatures and fees: for tests of their rules, call by call. Every
 * call goes through the metadata's codec first, so that a handler gets what a decoder would give
 * it.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { devSigner } from "../../wallet/key.ts";
import { BUILDER, CALL_CODEC } from "../runtime/codecs.ts";
import {
  type CallHandler,
  type Context,
  DispatchFailure,
  type Origin,
  type PoolRefusal,
  type RuntimeCall,
} from "../runtime/pallet.ts";
import { State } from "../runtime/state.ts";
import { PARTS } from "./parts.ts";

export interface TestEvent {
  readonly pallet: string;
  readonly event: string;
  readonly value: unknown;
}

export const ROOT: Origin = { kind: "root" };

/** The account of a development phrase's path. */
export function account(name: string): Hotkey {
  const known = accounts.get(name) ?? devSigner(`//${name}`).hotkey;
  accounts.set(name, known);
  return known;
}

/** Derivation is slow by design. */
const accounts = new Map<string, Hotkey>();

export class TestPallets {
  readonly state: State = new State({ get: () => undefined, keys: () => [] });
  readonly events: TestEvent[] = [];
  block = 1;

  constructor() {
    for (const part of PARTS) part.genesis?.(this.state);
  }

  get context(): Context {
    return {
      state: this.state,
      block: this.block,
      timestampMs: 1_700_000_000_000 + this.block * 1_000,
      emit: (pallet, event, value) => {
        // As in a block, an event that the metadata does not know cannot be told.
        BUILDER.buildEvent(pallet, event).codec.enc(value);
        this.events.push({ pallet, event, value });
      },
      dispatch: (call, origin) => this.#dispatch(call, origin),
    };
  }

  /**
   * Runs a call.
   * @returns the error's name, "Token.FundsUnavailable" for one that is no pallet's,
   * or "ok"
   */
  call(name: string, args: unknown, origin: Origin | Hotkey): string {
    const call = CALL_CODEC.dec(CALL_CODEC.enc(callOf(name, args)));
    try {
      this.#dispatch(call, typeof origin === "string" ? { kind: "signed", who: origin } : origin);
      return "ok";
    } catch (error) {
      if (!(error instanceof DispatchFailure)) throw error;
      const { error: cause } = error;
      if (cause.type === "Module") return cause.name;
      return "value" in cause ? `${cause.type}.${cause.value}` : cause.type;
    }
  }

  /** What the pool says of a call. */
  screen(name: string, args: unknown, who: Hotkey): PoolRefusal | undefined {
    const { type, value } = CALL_CODEC.dec(CALL_CODEC.enc(callOf(name, args)));
    for (const part of PARTS) {
      const screen = part.pallet === type ? part.screens?.[value.type] : undefined;
      if (screen !== undefined) return screen(this.context, who, value.value as never);
    }
    return undefined;
  }

  /** Begins the next blocks. */
  advance(blocks: number): void {
    for (let i = 0; i < blocks; i++) {
      this.block += 1;
      for (const part of PARTS) part.onInitialize?.(this.context);
    }
  }

  /** Last event of that name. */
  last(event: string): unknown {
    return this.events.filter((known) => known.event === event).at(-1)?.value;
  }

  #dispatch(call: RuntimeCall, origin: Origin): void {
    const handler = handlers.get(`${call.type}.${call.value.type}`);
    if (handler === undefined) {
      throw new DispatchFailure({ type: "Module", pallet: "System", name: "CallFiltered" });
    }
    this.state.transaction(() => handler(this.context, origin, call.value.value as never));
  }
}

const handlers = new Map<string, CallHandler>(
  PARTS.flatMap(({ pallet, calls = {} }) => {
    return Object.entries(calls).map(([name, handler]): [string, CallHandler] => {
      return [`${pallet}.${name}`, handler];
    });
  }),
);

/** @param name "Pallet.call" */
export function callOf(name: string, args: unknown): RuntimeCall {
  const [type = "", call = ""] = name.split(".");
  return { type, value: { type: call, value: args } };
}
