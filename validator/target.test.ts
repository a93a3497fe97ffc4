import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isConnectedTo, originOf, targetOf } from "./target.ts";

const PORT = 8091;

const PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"];
const LOCAL = ["127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd00::1"];
const NEVER = [
  "0.0.0.0",
  "0.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "192.0.0.1",
  "192.0.2.1",
  "192.88.99.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "64:ff9b::7f00:1",
  "100::1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "::ffff:169.254.169.254",
  // Other ways to write 127.0.0.1, which some resolvers understand.
  "127.1",
  "127.000.000.001",
  "0x7f.1",
  "0x7f000001",
  "2130706433",
  "0177.0.0.1",
  // No addresses at all.
  "localhost",
  "example.com",
  "",
  "1.1.1.1.",
  " 1.1.1.1",
  "1.1.1.1/24",
  "[::1]",
  "1.1.1.1#@127.0.0.1",
];

describe("a public chain", () => {
  test.each(PUBLIC)("may be told to connect to %s", (ip) => {
    expect(targetOf({ ip, port: PORT }, false)).toEqual({ host: ip, port: PORT });
  });
  test.each([...LOCAL, ...NEVER])("may not be told to connect to %j", (ip) => {
    expect(targetOf({ ip, port: PORT }, false)).toBe(undefined);
  });
  test("sees loopback and metadata services through IPv6", () => {
    expect(targetOf({ ip: "::ffff:127.0.0.1", port: PORT }, false)).toBe(undefined);
    expect(targetOf({ ip: "::ffff:a9fe:a9fe", port: PORT }, false)).toBe(undefined);
    expect(targetOf({ ip: "::ffff:1.1.1.1", port: PORT }, false)?.host).toBe("1.1.1.1");
  });
});

describe("the local chain", () => {
  test.each([...PUBLIC, ...LOCAL])("may be told to connect to %s", (ip) => {
    expect(targetOf({ ip, port: PORT }, true)).toEqual({ host: ip, port: PORT });
  });
  test.each(NEVER)("may not be told to connect to %j", (ip) => {
    expect(targetOf({ ip, port: PORT }, true)).toBe(undefined);
  });
});

describe("a port", () => {
  test("of no system service is accepted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: 65_535 }), (port) => {
        expect(targetOf({ ip: "1.1.1.1", port }, false)?.port).toBe(port);
      }),
    );
  });
  test.each([0, 22, 25, 80, 443, 1023, 65_536, -1, 8091.5, Number.NaN])("%s is refused", (port) => {
    expect(targetOf({ ip: "1.1.1.1", port }, false)).toBe(undefined);
  });
});

test("an unpublished endpoint is no target", () => {
  expect(targetOf(undefined, true)).toBe(undefined);
});

describe("a connected socket", () => {
  const target = { host: "127.0.0.1", port: PORT };
  test("is taken at its own address, however the system writes it", () => {
    expect(isConnectedTo(target, "127.0.0.1")).toBe(true);
    expect(isConnectedTo(target, "::ffff:127.0.0.1")).toBe(true);
  });
  test("is refused at another address, or none", () => {
    expect(isConnectedTo(target, "127.0.0.2")).toBe(false);
    expect(isConnectedTo(target, "::1")).toBe(false);
    expect(isConnectedTo(target, undefined)).toBe(false);
  });
});

test("an origin brackets IPv6 and nothing else", () => {
  expect(originOf({ host: "1.1.1.1", port: PORT })).toBe("http://1.1.1.1:8091");
  expect(originOf({ host: "::1", port: PORT })).toBe("http://[::1]:8091");
});
