import { expect, test } from "vitest";
import { LOCAL_GENESIS_HASH } from "./genesis.ts";
import { localRuntime } from "./local-runtime.ts";
import { genesisOf } from "./node/ledger.ts";

const FINNEY = "2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03";
const TESTNET = "8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105";

test("the runtime's genesis block has the hash by which clients know a local chain", () => {
  // When genesis storage was changed on purpose, the constant is what this says it is.
  expect(`0x${LOCAL_GENESIS_HASH}`).toBe(genesisOf(localRuntime()).block.hash);
});

test("no public network is taken for a local chain", () => {
  expect([FINNEY, TESTNET]).not.toContain(LOCAL_GENESIS_HASH);
});
