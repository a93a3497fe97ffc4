/**
 * Where a neuron can be reached: its axon, optionally with a key for TLS, and its Prometheus
 * endpoint. What may be served is checked before a transaction enters the pool, and again as it is
 * executed.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
  type PoolRefusal,
  type Screen,
} from "../runtime/pallet.ts";
import { uidOf } from "./neurons.ts";

interface Endpoint {
  readonly netuid: number;
  readonly version: number;
  readonly ip: bigint;
  readonly port: number;
  readonly ip_type: number;
}

interface Axon extends Endpoint {
  readonly protocol: number;
  readonly placeholder1: number;
  readonly placeholder2: number;
}

type Refusal =
  | "HotKeyNotRegisteredInNetwork"
  | "InvalidIpType"
  | "InvalidIpAddress"
  | "ServingRateLimitExceeded"
  | "InvalidPort";

const IPV4_ALL_ONES = 0xffff_ffffn;
const IPV4_LOCALHOST = 0x7f00_0001n;
const IPV6_ALL_ONES = (1n << 128n) - 1n;
const IPV6_LOCALHOST = 1n;

/** One algorithm byte and a public key. */
const MAX_CERTIFICATE_BYTES = 65;

/**
 * Only the one usual localhost is refused: 127.0.0.2 is an address like any other, and so is none
 * at all.
 */
function isAddress(ipType: number, ip: bigint): boolean {
  return ipType === 4
    ? ip < IPV4_ALL_ONES && ip !== IPV4_LOCALHOST
    : ip !== IPV6_ALL_ONES && ip !== IPV6_LOCALHOST;
}

function isSoonAfter({ state, block }: Context, netuid: number, last: bigint): boolean {
  const limit = state.get("SubtensorModule.ServingRateLimit", [netuid]);
  return limit > 0n && last > 0n && BigInt(block) - last < limit;
}

function axonRefusal(context: Context, who: Hotkey, axon: Endpoint): Refusal | undefined {
  const { netuid, ip, ip_type, port } = axon;
  if (uidOf(context.state, netuid, who) === undefined) return "HotKeyNotRegisteredInNetwork";
  if (ip_type !== 4 && ip_type !== 6) return "InvalidIpType";
  if (!isAddress(ip_type, ip)) return "InvalidIpAddress";
  const last = context.state.get("SubtensorModule.Axons", [netuid, who])?.block ?? 0n;
  if (isSoonAfter(context, netuid, last)) return "ServingRateLimitExceeded";
  return port === 0 ? "InvalidPort" : undefined;
}

/** As for an axon, but in another order, and with an address. */
function prometheusRefusal(context: Context, who: Hotkey, served: Endpoint): Refusal | undefined {
  const { netuid, ip, ip_type, port } = served;
  if (ip_type !== 4 && ip_type !== 6) return "InvalidIpType";
  if (ip === 0n || !isAddress(ip_type, ip)) return "InvalidIpAddress";
  if (uidOf(context.state, netuid, who) === undefined) return "HotKeyNotRegisteredInNetwork";
  const last = context.state.get("SubtensorModule.Prometheus", [netuid, who])?.block ?? 0n;
  if (isSoonAfter(context, netuid, last)) return "ServingRateLimitExceeded";
  return port === 0 ? "InvalidPort" : undefined;
}

function serveAxon(context: Context, origin: Origin, axon: Axon): void {
  const who = ensureSigned(origin);
  const refusal = axonRefusal(context, who, axon);
  if (refusal !== undefined) fail("SubtensorModule", refusal);
  const { netuid, version, ip, port, ip_type, protocol, placeholder1, placeholder2 } = axon;
  context.state.put("SubtensorModule.Axons", [netuid, who], {
    ...{ block: BigInt(context.block), version, ip, port, ip_type, protocol },
    ...{ placeholder1, placeholder2 },
  });
  context.emit("SubtensorModule", "AxonServed", [netuid, who]);
}

/** A certificate that is none is passed over; the axon is served all the same. */
function serveAxonTls(
  context: Context,
  origin: Origin,
  { certificate, ...axon }: Axon & { readonly certificate: Uint8Array },
): void {
  serveAxon(context, origin, axon);
  const [algorithm] = certificate;
  if (algorithm === undefined || certificate.length > MAX_CERTIFICATE_BYTES) return;
  context.state.put("SubtensorModule.NeuronCertificates", [axon.netuid, ensureSigned(origin)], {
    algorithm,
    public_key: certificate.slice(1),
  });
}

function servePrometheus(context: Context, origin: Origin, served: Endpoint): void {
  const who = ensureSigned(origin);
  const refusal = prometheusRefusal(context, who, served);
  if (refusal !== undefined) fail("SubtensorModule", refusal);
  const { netuid, version, ip, port, ip_type } = served;
  const endpoint = { block: BigInt(context.block), version, ip, port, ip_type };
  context.state.put("SubtensorModule.Prometheus", [netuid, who], endpoint);
  context.emit("SubtensorModule", "PrometheusServed", [netuid, who]);
}

/** The pool has no code of its own for a wrong ip type. */
function poolRefusal(refusal: Refusal | undefined): PoolRefusal | undefined {
  return refusal === "InvalidIpType" ? "BadRequest" : refusal;
}

const screenAxon: Screen = (context, who, axon: Axon) => {
  return poolRefusal(axonRefusal(context, who, axon));
};

export const SERVING: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    serve_axon: serveAxon,
    serve_axon_tls: serveAxonTls,
    serve_prometheus: servePrometheus,
  },
  free: ["serve_axon", "serve_axon_tls", "serve_prometheus"],
  screens: {
    serve_axon: screenAxon,
    serve_axon_tls: screenAxon,
    serve_prometheus: (context, who, served: Endpoint) => {
      return poolRefusal(prometheusRefusal(context, who, served));
    },
  },
};
