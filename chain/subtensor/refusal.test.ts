import { Metadata, TypeRegistry } from "@polkadot/types";
import type { DispatchError } from "@polkadot/types/interfaces";
import { describe, expect, test } from "vitest";
import { encodeMetadata } from "../local/runtime/metadata.ts";
import { POOL_REFUSALS } from "../local/runtime/pallet.ts";
import { dispatchRefusal, poolRefusal, poolRefusalName } from "./refusal.ts";
import { RpcFailure } from "./socket.ts";

const invalid = (data: unknown) => new RpcFailure(1010, "Invalid Transaction", data);

describe("the pool's refusal", () => {
  test.each(Object.entries(POOL_REFUSALS))("%s has its number, in both spellings", (name, code) => {
    expect(poolRefusalName(invalid(`Custom error: ${code}`))).toBe(name);
    expect(poolRefusalName(invalid({ invalid: { custom: code } }))).toBe(name);
  });

  test.each([
    ["Transaction is outdated", "Stale"],
    ["Transaction has a bad signature", "BadProof"],
    ["Inability to pay some fees (e.g. account balance too low)", "Payment"],
    ["Transaction has an ancient birth block", "AncientBirthBlock"],
    ["Something that no node says", "InvalidTransaction"],
    ["Custom error: 200", "CustomError200"],
  ])("%j is %s", (data, name) => {
    expect(poolRefusalName(invalid(data))).toBe(name);
  });

  test.each([
    [1012, "TemporarilyBanned"],
    [1013, "AlreadyImported"],
    [1014, "PriorityTooLow"],
    [1016, "ImmediatelyDropped"],
  ])("RPC error %i is %s", (code, name) => {
    expect(poolRefusalName(new RpcFailure(code, "no", undefined))).toBe(name);
  });

  test("tells what to do, and a node's own failure is none", () => {
    expect(poolRefusal(invalid("Custom error: 12"), "serve_axon")).toMatchObject({
      code: "ServingRateLimitExceeded",
      hint: expect.stringContaining("Wait"),
    });
    expect(poolRefusal(new RpcFailure(-32_603, "internal error", undefined), "it")).toBeUndefined();
  });
});

describe("a call's failure", () => {
  const registry = new TypeRegistry();
  registry.setMetadata(
    new Metadata(registry, `0x${Buffer.from(encodeMetadata(15)).toString("hex")}`),
    undefined,
    {},
    true,
  );
  const error = (value: unknown) =>
    registry.createTypeUnsafe<DispatchError>("SpRuntimeDispatchError", [value]);

  test.each([
    [{ Module: { index: 7, error: "0x0f000000" } }, "NeuronNoValidatorPermit"],
    [{ Module: { index: 7, error: "0x1d000000" } }, "SettingWeightsTooFast"],
    [{ Module: { index: 18, error: "0x01000000" } }, "AccountNotAllowedCommit"],
    [{ Token: "FundsUnavailable" }, "FundsUnavailable"],
    [{ Arithmetic: "Overflow" }, "Overflow"],
    ["BadOrigin", "BadOrigin"],
  ])("%j is %s", (value, code) => {
    expect(dispatchRefusal(registry, error(value), "it")).toMatchObject({ code });
  });

  test("that the metadata does not name is named by its number", () => {
    const unknown = error({ Module: { index: 7, error: "0xfa000000" } });
    expect(dispatchRefusal(registry, unknown, "it").code).toBe("Module7Error");
  });
});
