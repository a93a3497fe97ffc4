import { describe, expect, test } from "vitest";
import { digest } from "../../store/digest.ts";
import { resolveNetwork } from "./networks.ts";

const FINNEY = "2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03";

describe("a network", () => {
  test.each([
    ["finney"],
    ["wss://entrypoint-finney.opentensor.ai"],
    ["finney", "ws://10.0.0.1:9944"],
  ])("%s is known by finney's genesis hash", (...network) => {
    expect(resolveNetwork(network).genesis).toBe(FINNEY);
  });

  test("of one's own is known by what the caller expects, or by nothing", () => {
    expect(resolveNetwork("ws://127.0.0.1:9944")).toEqual({
      urls: ["ws://127.0.0.1:9944"],
      genesis: undefined,
    });
    expect(resolveNetwork("local", digest(FINNEY)).genesis).toBe(FINNEY);
  });

  test("with several endpoints keeps their order, each once", () => {
    expect(resolveNetwork(["ws://b", "ws://a", "ws://b"]).urls).toEqual(["ws://b", "ws://a"]);
  });

  test.each([
    ["finey", "UNKNOWN_NETWORK"],
    ["toString", "UNKNOWN_NETWORK"],
    ["", "UNKNOWN_NETWORK"],
    ["https://127.0.0.1:9944", "MALFORMED_URL"],
    ["ws://", "MALFORMED_URL"],
  ])("refuses %j", (network, code) => {
    expect(() => resolveNetwork(network)).toThrow(expect.objectContaining({ code }));
  });

  test("refuses none, and endpoints of two chains", () => {
    expect(() => resolveNetwork([])).toThrow(expect.objectContaining({ code: "UNKNOWN_NETWORK" }));
    expect(() => resolveNetwork(["finney", "test"])).toThrow(
      expect.objectContaining({ code: "CONTRADICTING_NETWORKS" }),
    );
    expect(() => resolveNetwork("test", digest(FINNEY))).toThrow(
      expect.objectContaining({ code: "CONTRADICTING_NETWORKS" }),
    );
  });
});
