/**
 * system_*: what this node is, and which nonce an account uses next.
 * @module
 */
import { base58Encode } from "@polkadot/util-crypto";
import { z } from "zod";
import { hotkey } from "../../../account.ts";
import type { Hotkey } from "../../../chain.ts";
import { bytesOf } from "../hex.ts";
import type { Ledger } from "../ledger.ts";
import type { Pool } from "../pool.ts";
import { type Methods, method, question } from "./method.ts";

export const CHAIN_NAME = "Assay Local";

/** Multihash "identity" of a protobuf with an ed25519 key: how libp2p names a node that has such a key. */
const PEER_ID_PREFIX = "0x002408011220";

const Account = z
  .string()
  .max(64)
  .transform((text, context): Hotkey => {
    try {
      return hotkey(text);
    } catch {
      context.addIssue("no SS58 address");
      return z.NEVER;
    }
  });

export function systemMethods(ledger: Ledger, pool: Pool): Methods {
  const nextNonce = method(z.tuple([Account]), ([who]) =>
    pool.nextNonce(who, ledger.state.get("System.Account", [who]).nonce),
  );
  // No networking and so no key; clients want a name, and the chain's is one.
  const peerId = base58Encode(bytesOf(PEER_ID_PREFIX + ledger.genesisHash.slice(2)));
  return {
    system_name: question(() => "assay-local"),
    system_version: question(() => {
      const { specVersion, implVersion } = ledger.runtime.versionOf(ledger.state);
      return `${specVersion}.${implVersion}`;
    }),
    system_chain: question(() => CHAIN_NAME),
    system_chainType: question(() => "Local"),
    system_properties: question(() => {
      return { ss58Format: 42, tokenDecimals: 9, tokenSymbol: "TAO" };
    }),
    system_health: question(() => ({ peers: 0, isSyncing: false, shouldHavePeers: false })),
    system_nodeRoles: question(() => ["Authority"]),
    system_localPeerId: question(() => peerId),
    system_localListenAddresses: question(() => []),
    system_peers: question(() => []),
    system_reservedPeers: question(() => []),
    system_syncState: question(() => {
      const { number } = ledger.best;
      return { startingBlock: 0, currentBlock: number, highestBlock: number };
    }),
    system_accountNextIndex: nextNonce,
    account_nextIndex: nextNonce,
  };
}
