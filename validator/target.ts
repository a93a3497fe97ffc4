/**
 * Where a validator may connect. Anybody who registers publishes an address, so an address is an attack until shown
 * otherwise: a validator that connects wherever it is told can be made to call the services of its own network
 * (server-side request forgery). Only addresses of the public internet count, in the one form that operating
 * systems write, without names, without ports of system services; the local chain also takes loopback and private
 * ones.
 * @module
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import type { Endpoint } from "../chain/chain.ts";

export interface Target {
  /** Canonical text; an IPv6 address stands without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Below are the ports that only the system's own services open. */
const MIN_PORT = 1024;
const MAX_PORT = 65_535;

const PUBLIC_RANGES: readonly string[] = ["unicast"];
const LOCAL_RANGES: readonly string[] = ["unicast", "loopback", "private", "uniqueLocal"];

/** Undefined when nothing is published there, or nothing that this validator may connect to. */
export function targetOf(endpoint: Endpoint | undefined, isLocal: boolean): Target | undefined {
  if (endpoint === undefined) return undefined;
  const { ip, port } = endpoint;
  if (!Number.isInteger(port) || port < MIN_PORT || port > MAX_PORT) return undefined;
  const host = canonicalAddress(ip);
  if (host === undefined) return undefined;
  const ranges = isLocal ? LOCAL_RANGES : PUBLIC_RANGES;
  return ranges.includes(ipaddr.process(host).range()) ? { host, port } : undefined;
}

/** True when a socket that was to reach `target` did. */
export function isConnectedTo(target: Target, remoteAddress: string | undefined): boolean {
  return remoteAddress !== undefined && canonicalAddress(remoteAddress) === target.host;
}

export function originOf({ host, port }: Target): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** IPv4 in IPv6 becomes IPv4. Names, zones and the short forms of inet_aton (`127.1`, `0x7f.1`) are refused. */
function canonicalAddress(text: string): string | undefined {
  return isIP(text) === 0 || text.includes("%") ? undefined : ipaddr.process(text).toString();
}
