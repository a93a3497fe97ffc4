import { describe, expect, test } from "vitest";
import { passwordFromEnvironment, passwordVariable } from "./environment.ts";

// Made by bittensor-wallet 4.1.1: Keyfile(path).save_password_to_env(password).
const PATH = "/srv/w1.a/my wallet/cold-key";
const NAME = "BT_PW__SRV_W1_A_MY WALLET_COLD-KEY";
const PASSWORD = "a password that is longer than the name of the variable, é, for sure";
const VALUE =
  "I3QvMSQsKDwgMn8jWT41fyQqADsuIisgJn83Jy0qDT8tPGI6Pj0yfzA1ciI3MhEpIC0kOEI7JGBshv1zYykjNg04MCsn";

describe("a password in the environment", () => {
  test("is found under the name that Bittensor's tools give it", () => {
    expect(passwordVariable(PATH)).toBe(NAME);
  });

  test("is read as Bittensor's tools obscured it, also when it is longer than the name", () => {
    const password = passwordFromEnvironment(PATH, { [NAME]: VALUE });
    expect(Buffer.from(password ?? []).toString()).toBe(PASSWORD);
  });

  test("of another file is not this file's", () => {
    expect(passwordFromEnvironment("/srv/other/coldkey", { [NAME]: VALUE })).toBeUndefined();
    expect(passwordFromEnvironment(PATH, { [NAME]: "" })).toBeUndefined();
  });

  test("that is not base64 is refused without being shown", () => {
    const value = "a plain password!";
    const read = (): unknown => passwordFromEnvironment(PATH, { [NAME]: value });
    expect(read).toThrow(expect.objectContaining({ code: "PASSWORD_MALFORMED" }));
    expect(read).not.toThrow(value);
  });
});
