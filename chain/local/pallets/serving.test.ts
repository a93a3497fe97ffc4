/** Which endpoints may be served, in a block and in the pool. */
import { beforeEach, describe, expect, test } from "vitest";
import { ALICE } from "./balances.ts";
import { account, TestPallets } from "./testing.ts";

const NETUID = 1;
const AXON = {
  ...{ netuid: NETUID, version: 1, ip: 0x7f00_0002n, port: 8_091, ip_type: 4, protocol: 4 },
  ...{ placeholder1: 0, placeholder2: 0 },
};
let pallets: TestPallets;

beforeEach(() => {
  pallets = new TestPallets();
  pallets.call("SubtensorModule.register_network", { hotkey: ALICE }, ALICE);
});

function serve(change: object = {}, who = ALICE): [string, string | undefined] {
  const args = { ...AXON, ...change };
  const screened = pallets.screen("SubtensorModule.serve_axon", args, who);
  return [pallets.call("SubtensorModule.serve_axon", args, who), screened];
}

describe("serve_axon", () => {
  test("publishes where a neuron is", () => {
    expect(serve()).toEqual(["ok", undefined]);
    const { netuid, ...endpoint } = AXON;
    expect(pallets.state.get("SubtensorModule.Axons", [netuid, ALICE])).toEqual({
      ...{ block: 1n, ...endpoint },
    });
    expect(pallets.last("AxonServed")).toEqual([NETUID, ALICE]);
  });

  test.each([
    ["127.0.0.2", { ip: 0x7f00_0002n }],
    ["no address at all", { ip: 0n }],
    ["an IPv6 address", { ip_type: 6, ip: 2n }],
    ["a reset", { version: 0, ip: 0n, port: 1 }],
  ])("accepts %s", (_, change) => {
    expect(serve(change)).toEqual(["ok", undefined]);
  });

  test.each([
    ["127.0.0.1", { ip: 0x7f00_0001n }, "InvalidIpAddress", "InvalidIpAddress"],
    ["all ones", { ip: 0xffff_ffffn }, "InvalidIpAddress", "InvalidIpAddress"],
    ["more than 32 bits as IPv4", { ip: 1n << 32n }, "InvalidIpAddress", "InvalidIpAddress"],
    ["::1", { ip_type: 6, ip: 1n }, "InvalidIpAddress", "InvalidIpAddress"],
    [
      "all ones of IPv6",
      { ip_type: 6, ip: (1n << 128n) - 1n },
      "InvalidIpAddress",
      "InvalidIpAddress",
    ],
    ["a version of IP that is none", { ip_type: 5 }, "InvalidIpType", "BadRequest"],
    ["port 0", { port: 0 }, "InvalidPort", "InvalidPort"],
  ])("refuses %s", (_, change, error, screened) => {
    expect(serve(change)).toEqual([error, screened]);
    expect(pallets.state.has("SubtensorModule.Axons", [NETUID, ALICE])).toBe(false);
  });

  test("refuses a hotkey without uid", () => {
    const error = "HotKeyNotRegisteredInNetwork";
    expect(serve({}, account("Bob"))).toEqual([error, error]);
  });

  test("refuses a second announcement within ServingRateLimit", () => {
    serve();
    pallets.advance(49);
    expect(serve()).toEqual(["ServingRateLimitExceeded", "ServingRateLimitExceeded"]);
    pallets.advance(1);
    expect(serve()).toEqual(["ok", undefined]);
  });

  test("knows no limit when it is nothing", () => {
    const args = { netuid: NETUID, serving_rate_limit: 0n };
    pallets.call("AdminUtils.sudo_set_serving_rate_limit", args, { kind: "root" });
    serve();
    expect(serve({ port: 9 })).toEqual(["ok", undefined]);
  });
});

describe("serve_axon_tls", () => {
  const serveTls = (certificate: Uint8Array): string => {
    return pallets.call("SubtensorModule.serve_axon_tls", { ...AXON, certificate }, ALICE);
  };
  const stored = (): unknown =>
    pallets.state.get("SubtensorModule.NeuronCertificates", [NETUID, ALICE]);

  test("publishes a key with it", () => {
    expect(serveTls(Uint8Array.of(7, 1, 2, 3))).toBe("ok");
    expect(stored()).toEqual({ algorithm: 7, public_key: Uint8Array.of(1, 2, 3) });
  });

  test.each([0, 66])("passes over a certificate of %i bytes", (length) => {
    expect(serveTls(new Uint8Array(length))).toBe("ok");
    expect(stored()).toBeUndefined();
    expect(pallets.state.has("SubtensorModule.Axons", [NETUID, ALICE])).toBe(true);
  });
});

describe("serve_prometheus", () => {
  const PROMETHEUS = { netuid: NETUID, version: 1, ip: 0x7f00_0002n, port: 9_090, ip_type: 4 };
  const servePrometheus = (change: object = {}, who = ALICE): string => {
    return pallets.call("SubtensorModule.serve_prometheus", { ...PROMETHEUS, ...change }, who);
  };

  test("publishes an endpoint", () => {
    expect(servePrometheus()).toBe("ok");
    expect(pallets.state.get("SubtensorModule.Prometheus", [NETUID, ALICE])?.port).toBe(9_090);
  });

  test.each([
    ["no address", { ip: 0n }, "InvalidIpAddress"],
    ["port 0", { port: 0 }, "InvalidPort"],
  ])("refuses %s", (_, change, error) => {
    expect(servePrometheus(change)).toBe(error);
    expect(
      pallets.screen("SubtensorModule.serve_prometheus", { ...PROMETHEUS, ...change }, ALICE),
    ).toBe(error);
  });

  test("says first what is wrong with the address", () => {
    expect(servePrometheus({ ip: 0n }, account("Bob"))).toBe("InvalidIpAddress");
    expect(servePrometheus({}, account("Bob"))).toBe("HotKeyNotRegisteredInNetwork");
  });
});
