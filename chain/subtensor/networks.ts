/**
 * Which chain is meant by a name or an address. A public network is known by its genesis hash, and that is pinned here:
 * an address tells only where to ask.
 * @module
 */
import { type Digest, digest } from "../../store/digest.ts";
import { ChainError } from "../error.ts";

interface Network {
  readonly urls: readonly string[];
  /** Undefined where every chain of that name is another. */
  readonly genesis: Digest | undefined;
}

/** Addresses and genesis hashes as opentensor publishes them. */
const NETWORKS: Readonly<Record<string, Network>> = {
  finney: {
    urls: ["wss://entrypoint-finney.opentensor.ai:443", "wss://archive.chain.opentensor.ai:443"],
    genesis: digest("2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03"),
  },
  test: {
    urls: ["wss://test.finney.opentensor.ai:443"],
    genesis: digest("8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105"),
  },
  local: { urls: ["ws://127.0.0.1:9944"], genesis: undefined },
};

/** Where to ask, in order of preference, and which chain must answer. */
export interface Target {
  readonly urls: readonly string[];
  readonly genesis: Digest | undefined;
}

/**
 * @param network names and ws:// or wss:// addresses
 * @param expectedGenesis what a caller knows of its chain
 * @throws ChainError `UNKNOWN_NETWORK`, `MALFORMED_URL`, `CONTRADICTING_NETWORKS`
 */
export function resolveNetwork(
  network: string | readonly string[],
  expectedGenesis?: Digest,
): Target {
  const names = typeof network === "string" ? [network] : network;
  const networks = names.map(networkOf);
  const urls = [...new Set(networks.flatMap((each) => each.urls))];
  if (urls.length === 0) throw unknownNetwork("nothing");
  const pinned = [...networks.map(({ genesis }) => genesis), expectedGenesis];
  const hashes = new Set(pinned.filter((genesis) => genesis !== undefined));
  if (hashes.size > 1) {
    throw new ChainError(
      "CONTRADICTING_NETWORKS",
      `${names.join(", ")}: these belong to different chains`,
      "Give endpoints of one chain; the second is for when the first does not answer.",
    );
  }
  return { urls, genesis: [...hashes][0] };
}

function networkOf(name: string): Network {
  const known = Object.hasOwn(NETWORKS, name) ? NETWORKS[name] : undefined;
  if (known !== undefined) return known;
  if (!name.includes("://")) throw unknownNetwork(JSON.stringify(name.slice(0, 80)));
  const url = URL.canParse(name) ? new URL(name) : undefined;
  if (url === undefined || !["ws:", "wss:"].includes(url.protocol)) {
    throw new ChainError(
      "MALFORMED_URL",
      `expected an address such as ws://127.0.0.1:9944, got ${JSON.stringify(name.slice(0, 80))}`,
      "A chain is reached by ws:// or wss://.",
    );
  }
  // A public network's address is the network, however it is written: what answers there must be it.
  const owner = Object.values(NETWORKS).find(({ genesis, urls }) => {
    return genesis !== undefined && urls.some((each) => new URL(each).host === url.host);
  });
  return { urls: [name], genesis: owner?.genesis };
}

function unknownNetwork(got: string): ChainError {
  return new ChainError(
    "UNKNOWN_NETWORK",
    `expected ${Object.keys(NETWORKS).join(", ")} or a ws:// address, got ${got}`,
    "Name one of these, or give the address of a node.",
  );
}
