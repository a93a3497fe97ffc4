import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAnsibleVault, openAnsibleVault } from "./ansible-vault.ts";
import { decodeKeyfile } from "./keyfile.ts";
import { readVector, readVectors } from "./testing.ts";

const vectors = (await readVectors()).filter(({ encryption }) => encryption === "ansible-vault");
const first = await readVector(vectors[0]?.file ?? "");

/** The body of a vault is hexadecimal twice: this is what stands inside. */
function vaultOf(salt: string, mac: string, ciphertext: string): Uint8Array {
  const body = Buffer.from([salt, mac, ciphertext].join("\n")).toString("hex");
  return Buffer.from(`$ANSIBLE_VAULT;1.1;AES256\n${body}\n`);
}

describe("openAnsibleVault", () => {
  test.each(vectors)("opens $file, written by $madeBy", async ({ file, password, address }) => {
    const content = await readVector(file);
    const plain = await openAnsibleVault(content, Buffer.from(password ?? ""), file);
    expect(decodeKeyfile(Buffer.from(plain).toString(), file).hotkey).toBe(address);
  });

  test("refuses a wrong password", async () => {
    await expect(openAnsibleVault(first, Buffer.from("wrong"), "w")).rejects.toMatchObject({
      code: "WRONG_PASSWORD",
    });
  });

  test("never gives another content when any one digit is changed", async () => {
    const text = Buffer.from(first).toString();
    const start = text.indexOf("\n") + 1;
    const password = Buffer.from(vectors[0]?.password ?? "");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: text.length - 2 }), async (at) => {
        fc.pre(/[0-9a-f]/.test(text[at] ?? ""));
        const digit = text[at] === "5" ? "4" : "5";
        const changed = Buffer.from(text.slice(0, at) + digit + text.slice(at + 1));
        await expect(openAnsibleVault(changed, password, "w")).rejects.toMatchObject({
          code: expect.stringMatching(/^(WRONG_PASSWORD|KEY_DAMAGED)$/),
        });
      }),
      { numRuns: 40 },
    );
  });

  const mac = "00".repeat(32);
  test.each([
    ["another format", Buffer.from("$ANSIBLE_VAULT;1.0;AES\n00")],
    ["another cipher", Buffer.from("$ANSIBLE_VAULT;1.1;AES\n00")],
    ["no body", Buffer.from("$ANSIBLE_VAULT;1.1;AES256\n")],
    ["a body that is not hexadecimal", Buffer.from("$ANSIBLE_VAULT;1.1;AES256\nzz")],
    ["an odd number of digits", Buffer.from("$ANSIBLE_VAULT;1.1;AES256\n616")],
    ["two parts", Buffer.from("$ANSIBLE_VAULT;1.1;AES256\n36310a3631")],
    ["a short mac", vaultOf("00", "00", "00")],
    ["an inner part that is not hexadecimal", vaultOf("00", mac, "0g")],
  ])("refuses %s before it asks what the password is", (_, content) => {
    expect(() => checkAnsibleVault(content, "w")).toThrow(
      expect.objectContaining({ code: "KEY_DAMAGED" }),
    );
  });
});
