/**
 * Key files, against the software whose folders we share: wallets that it makes are read by us, wallets that we make are
 * read by it, and neither opens with a wrong password.
 * @module
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { isSignedBy } from "../../chain/account.ts";
import { passwordFromEnvironment } from "../../chain/wallet/environment.ts";
import { newKey } from "../../chain/wallet/key.ts";
import { exists } from "../../chain/wallet/private-file.ts";
import { loadKey } from "../../chain/wallet/stored-key.ts";
import { coldkeyPaths, createKey, hotkeyPaths, loadPublicKey } from "../../chain/wallet/wallet.ts";
import type { Check } from "./check.ts";
import { python, runPython } from "./venv.ts";

/** Today's SDK, today's wallet library, and the last of the line whose readers take nothing but strings. */
const TODAY = "bittensor==11.3.0";
const LIBRARY = "bittensor-wallet==4.1.1";
const OLD = "bittensor-wallet==3.0.11";

const NAME = "w";
const HOTKEY = "h";
/** Strong enough for every release's own rule, with a letter outside ASCII. */
const PASSWORD = "Worthless-Pässword-1";
const MESSAGE = Buffer.from("read by both");
const ED25519 = 0;
const SR25519 = 1;

const factsSchema = z.object({ address: z.string(), cryptoType: z.number() });
const madeSchema = z.object({ coldkey: factsSchema, hotkey: factsSchema });
const coldkeySchema = z.object({ coldkey: factsSchema });
const readSchema = z.object({
  coldkeypub: factsSchema,
  hotkey: factsSchema,
  coldkey: factsSchema.extend({ signature: z.string() }),
});
const refusedSchema = z.object({
  refused: z.string().regex(/^(KeyFileError|KeyfileError|WrongPasswordError)$/),
});
const variableSchema = z.object({ name: z.string(), value: z.string() });

/** A folder of wallets, and the software at the other side. */
interface Side {
  readonly root: string;
  ask<T>(schema: z.ZodType<T>, action: string, given?: object): Promise<T>;
}

export const checks: readonly Check[] = [
  ...[TODAY, LIBRARY, OLD].flatMap((software) => [
    check(software, "a wallet it made is read by us, and not with a wrong password", readTheirs),
    check(software, "a wallet we made is read by it, and not with a wrong password", readOurs),
  ]),
  ...[TODAY, LIBRARY].map((software) =>
    check(software, "ed25519 coldkeys are read by both", shareEd25519),
  ),
  check(OLD, "an ed25519 coldkey is refused where only sr25519 is known", refuseEd25519),
  ...[TODAY, LIBRARY].map((software) =>
    check(software, "a password it left in the environment is found by us", findPassword),
  ),
];

function check(software: string, name: string, run: (side: Side) => Promise<void>): Check {
  return {
    name,
    against: software.replace("==", " "),
    run: async () => {
      const interpreter = await python([software]);
      const program = await readFile(new URL("./keyfiles.py", import.meta.url), "utf8");
      const root = await mkdtemp(join(tmpdir(), "assay-keyfiles-"));
      try {
        await run({
          root,
          ask: async (schema, action, given = {}) => {
            const asked = { action, path: root, name: NAME, hotkey: HOTKEY, ...given };
            const answer = await runPython(interpreter, program, asked);
            const parsed = schema.safeParse(answer);
            if (parsed.success) return parsed.data;
            throw new Error(`${software} answered ${action} with ${JSON.stringify(answer)}`);
          },
        });
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    },
  };
}

async function readTheirs({ root, ask }: Side): Promise<void> {
  const made = await ask(madeSchema, "make", { password: PASSWORD });
  const [cold, hot] = [coldkeyPaths(root, NAME), hotkeyPaths(root, NAME, HOTKEY)];
  assert.equal((await loadKey(hot.secret)).hotkey, made.hotkey.address);
  // The old line writes no address beside a hotkey.
  if (await exists(hot.public)) {
    assert.equal((await loadPublicKey(hot.public)).hotkey, made.hotkey.address);
  }
  assert.equal((await loadPublicKey(cold.public)).hotkey, made.coldkey.address);
  const key = await loadKey(cold.secret, async () => Buffer.from(PASSWORD));
  assert.equal(key.hotkey, made.coldkey.address);
  await assert.rejects(
    loadKey(cold.secret, async () => Buffer.from(`${PASSWORD}!`)),
    { code: "WRONG_PASSWORD" },
  );
}

async function readOurs({ root, ask }: Side): Promise<void> {
  const [cold, hot] = [newKey(), newKey()];
  await createKey(coldkeyPaths(root, NAME), cold, Buffer.from(PASSWORD));
  await createKey(hotkeyPaths(root, NAME, HOTKEY), hot);
  const given = { password: PASSWORD, message: MESSAGE.toString("hex") };
  const read = await ask(readSchema, "read", given);
  assert.deepEqual(read.hotkey, { address: hot.hotkey, cryptoType: SR25519 });
  assert.deepEqual(read.coldkeypub, { address: cold.hotkey, cryptoType: SR25519 });
  assert.equal(read.coldkey.address, cold.hotkey);
  assert.ok(isSignedBy(cold.hotkey, MESSAGE, Buffer.from(read.coldkey.signature, "hex")));
  await ask(refusedSchema, "readColdkey", { password: `${PASSWORD}!` });
}

async function shareEd25519({ root, ask }: Side): Promise<void> {
  const { secret } = coldkeyPaths(root, NAME);
  const made = await ask(coldkeySchema, "makeEd25519");
  const theirs = await loadKey(secret);
  assert.deepEqual([theirs.hotkey, theirs.scheme], [made.coldkey.address, "ed25519"]);
  await rm(secret);
  const ours = newKey("ed25519");
  await createKey(coldkeyPaths(root, NAME), ours);
  const read = await ask(coldkeySchema, "readColdkey");
  assert.deepEqual(read.coldkey, { address: ours.hotkey, cryptoType: ED25519 });
}

async function refuseEd25519({ root, ask }: Side): Promise<void> {
  await createKey(coldkeyPaths(root, NAME), newKey("ed25519"));
  await ask(refusedSchema, "readColdkey");
}

async function findPassword({ root, ask }: Side): Promise<void> {
  const { name, value } = await ask(variableSchema, "hidePassword", { password: PASSWORD });
  const found = passwordFromEnvironment(coldkeyPaths(root, NAME).secret, { [name]: value });
  assert.equal(Buffer.from(found ?? []).toString(), PASSWORD);
}
