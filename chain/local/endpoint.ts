/**
 * Where a miner listens, as Subtensor's AxonInfo keeps it: ip_type (4 or 6), the address as a 128-bit number, a port.
 * One text per address: what was decoded from the chain is canonical whoever wrote it.
 * @module
 */
import ipaddr from "ipaddr.js";
import type { Endpoint } from "../chain.ts";
import { ChainError } from "../error.ts";
import { type ByteReader, type ByteWriter, malformed } from "./bytes.ts";

/** @throws ChainError `MALFORMED_ENDPOINT` */
export function writeEndpoint(writer: ByteWriter, { ip, port }: Endpoint): void {
  if (!ipaddr.isValid(ip) || canonicalText(ipaddr.parse(ip)) !== ip) {
    throw new ChainError(
      "MALFORMED_ENDPOINT",
      `expected the canonical text of an IP address, got ${JSON.stringify(ip.slice(0, 80))}`,
      "Write IPv4 as 192.0.2.1 and IPv6 as 2001:db8::1; names are not resolved.",
    );
  }
  const address = ipaddr.parse(ip);
  const bytes = Uint8Array.from(address.toByteArray());
  writer
    .u8(bytes.length === 4 ? 4 : 6)
    .bytes(new Uint8Array(16 - bytes.length))
    .bytes(bytes)
    .u16(port);
}

export function readEndpoint(reader: ByteReader): Endpoint {
  const ipType = reader.u8();
  const number = reader.bytes(16);
  const port = reader.u16();
  if (ipType !== 4 && ipType !== 6) throw malformed(`there is no IP version ${ipType}`);
  const isWide = number.subarray(0, 12).some((byte) => byte !== 0);
  if (ipType === 4 && isWide) throw malformed("an IPv4 address has 32 bits");
  const bytes = ipType === 4 ? number.subarray(12) : number;
  return { ip: canonicalText(ipaddr.fromByteArray([...bytes])), port };
}

/** False for what no one can be called at: unspecified, broadcast, multicast. Loopback is fine on a local chain. */
export function isCallable({ ip }: Endpoint): boolean {
  // process() looks through IPv4-mapped IPv6.
  return !["unspecified", "broadcast", "multicast"].includes(ipaddr.process(ip).range());
}

function canonicalText(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
