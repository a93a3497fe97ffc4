/**
 * The whole runtime on a state in memory: blocks of signed extrinsics without a node, for tests.
 * @module
 */
import { expect } from "vitest";
import type { Signer } from "../../chain.ts";
import { devSigner } from "../../wallet/key.ts";
import { foundingExtrinsics } from "../founding.ts";
import { composeRuntime } from "../runtime/executive.ts";
import { type Signing, signExtrinsic } from "../runtime/extrinsic.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import type { Runtime, Validity } from "../runtime/runtime.ts";
import { State } from "../runtime/state.ts";
import type { SubnetSettings } from "../subnet-settings.ts";
import { PARTS } from "./parts.ts";
import { callOf } from "./testing.ts";

const GENESIS = `0x${"55".repeat(32)}`;
const SIGNING: Signing = {
  ...{ specVersion: 424, transactionVersion: 1, genesisHash: GENESIS, birthHash: GENESIS },
};
export const alice: Signer = devSigner("//Alice");

export class TestChain {
  readonly #runtime: Runtime = composeRuntime(PARTS, {});
  readonly #values = new Map<string, Uint8Array>();
  readonly state: State = new State({
    get: (key) => this.#values.get(key),
    keys: (prefix) => [...this.#values.keys()].filter((key) => key.startsWith(prefix)),
  });
  #number = 0;
  #hash: string = GENESIS;

  constructor(subnets: readonly SubnetSettings[]) {
    this.#runtime.genesis(this.state);
    this.#commit();
    this.block(foundingExtrinsics(subnets, alice, SIGNING));
  }

  /** Rao of all accounts. */
  get held(): bigint {
    return this.state.entries("System.Account").reduce((sum, [, { data }]) => sum + data.free, 0n);
  }

  sign(name: string, args: unknown, signer: Signer): Uint8Array {
    return this.signCall(callOf(name, args), signer);
  }

  signCall(call: RuntimeCall, signer: Signer): Uint8Array {
    const { nonce } = this.state.get("System.Account", [signer.hotkey]);
    return signExtrinsic(call, signer, { nonce }, SIGNING);
  }

  validate(name: string, args: unknown, signer: Signer): Validity {
    return this.judge(this.sign(name, args, signer));
  }

  judge(extrinsic: Uint8Array): Validity {
    return this.#runtime.validate(this.state, extrinsic, this.#hash);
  }

  /**
   * One block with one extrinsic.
   * @returns names of the block's events from the first extrinsic on
   */
  send(name: string, args: unknown, signer: Signer): string[] {
    return this.block([this.sign(name, args, signer)]);
  }

  block(candidates: readonly Uint8Array[] = []): string[] {
    this.#number += 1;
    const { refused } = this.#runtime.execute(this.state, {
      ...{ number: this.#number, parentHash: this.#hash, candidates },
      timestampMs: 1_760_000_000_000 + this.#number * 1_000,
    });
    expect(refused).toEqual([]);
    this.#hash = `0x${String(this.#number).padStart(64, "0")}`;
    this.#commit();
    return this.state
      .get("System.Events", [])
      .map(({ event }) => `${event.type}.${(event.value as { type: string }).type}`);
  }

  #commit(): void {
    for (const [key, bytes] of this.state.takeChanges()) {
      if (bytes === undefined) this.#values.delete(key);
      else this.#values.set(key, bytes);
    }
  }
}
