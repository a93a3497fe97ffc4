/**
 * Commits of weights that wait to be revealed. One is kept on disk before it is sent: whoever was killed between
 * sending and noting it still has the salt, without which a commit can never be revealed.
 * @module
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../../store/atomic.ts";
import type { Hotkey } from "../chain.ts";
import { ChainError } from "../error.ts";

const WaitingCommitShape = z.strictObject({
  /** 32 hexadecimal digits. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** The chain that it is for, by its genesis hash. */
  genesis: z.string().regex(/^[0-9a-f]{64}$/),
  hotkey: z.string(),
  netuid: z.number().int().nonnegative(),
  mecid: z.number().int().nonnegative(),
  way: z.enum(["timelocked", "hashed"]),
  uids: z.array(z.number().int().min(0).max(65_535)),
  values: z.array(z.number().int().min(0).max(65_535)),
  versionKey: z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt),
  /** Of a hashed commit; secret until it is revealed. */
  salt: z.array(z.number().int().min(0).max(65_535)),
  /** What the chain stores of it: 0x hex of its hash, or blake2b-256 of the sealed bytes. */
  hash: z.string().regex(/^0x[0-9a-f]{64}$/),
  /** Epoch index in which it is to be revealed, as foreseen when it was made. */
  revealEpoch: z.number().int().nonnegative(),
  /** Of a timelocked commit: drand's round that opens it. */
  round: z.number().int().nonnegative(),
  /** Finalised block on which it was made. */
  madeAt: z.number().int().nonnegative(),
  /** Finalised block that has it; undefined while that is not known. */
  placedAt: z.number().int().nonnegative().optional(),
});

export interface WaitingCommit {
  readonly id: string;
  readonly genesis: string;
  readonly hotkey: string;
  readonly netuid: number;
  readonly mecid: number;
  readonly way: "timelocked" | "hashed";
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: bigint;
  readonly salt: readonly number[];
  readonly hash: string;
  readonly revealEpoch: number;
  readonly round: number;
  readonly madeAt: number;
  readonly placedAt?: number | undefined;
}

export interface CommitStore {
  /** On disk when this resolves: then it may be sent. */
  keep(commit: WaitingCommit): Promise<void>;
  /** The chain has it. */
  place(id: string, block: number): Promise<void>;
  /** It was revealed, has expired, or never reached the chain. */
  forget(id: string): Promise<void>;
  /** Oldest first. */
  waiting(genesis: string, netuid: number, hotkey: Hotkey): Promise<readonly WaitingCommit[]>;
}

export function commitId(): string {
  return randomBytes(16).toString("hex");
}

/** For who needs no reveal after a restart, such as a test. */
export function memoryCommitStore(): CommitStore {
  const commits = new Map<string, WaitingCommit>();
  return {
    async keep(commit) {
      commits.set(commit.id, commit);
    },
    async place(id, block) {
      const commit = commits.get(id);
      if (commit !== undefined) commits.set(id, { ...commit, placedAt: block });
    },
    async forget(id) {
      commits.delete(id);
    },
    async waiting(genesis, netuid, hotkey) {
      return [...commits.values()].filter(isOf(genesis, netuid, hotkey)).sort(byAge);
    },
  };
}

/**
 * One file a commit in `folder`, mode 0600 in a folder of 0700: salts are secret until revealed.
 * @throws ChainError `COMMIT_UNREADABLE`; StoreError `DISK_FULL`, `WRITE_FAILED`
 */
export async function openCommitStore(folder: string): Promise<CommitStore> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (cause) {
    throw new ChainError(
      "COMMIT_UNREADABLE",
      `${folder} cannot be made a folder of commits for its owner alone`,
      "Move away what is there, or make the folder your own: commits are lost without it.",
      { cause },
    );
  }
  const pathOf = (id: string): string => join(folder, `${id}.json`);
  const keep = (commit: WaitingCommit): Promise<void> => {
    const text = JSON.stringify({ ...commit, versionKey: String(commit.versionKey) });
    return writeFileAtomic(pathOf(commit.id), text, { mode: 0o600 });
  };
  const read = async (name: string): Promise<WaitingCommit> => {
    const path = join(folder, name);
    try {
      const commit = WaitingCommitShape.parse(JSON.parse(await readFile(path, "utf8")));
      if (name === `${commit.id}.json`) return commit;
    } catch {
      // What is wrong with it would show parts of it, and it holds a secret.
    }
    throw new ChainError(
      "COMMIT_UNREADABLE",
      `${path} is not a commit that waits to be revealed`,
      "Restore it, or move it away if its epoch is past: what it commits to cannot be revealed without it.",
    );
  };
  return {
    keep,
    async place(id, block) {
      await keep({ ...(await read(`${id}.json`)), placedAt: block });
    },
    async forget(id) {
      await rm(pathOf(id), { force: true });
    },
    async waiting(genesis, netuid, hotkey) {
      const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
      const commits = await Promise.all(names.map(read));
      return commits.filter(isOf(genesis, netuid, hotkey)).sort(byAge);
    },
  };
}

function isOf(genesis: string, netuid: number, hotkey: Hotkey): (commit: WaitingCommit) => boolean {
  return (commit) =>
    commit.genesis === genesis && commit.netuid === netuid && commit.hotkey === hotkey;
}

function byAge(a: WaitingCommit, b: WaitingCommit): number {
  return a.madeAt - b.madeAt || (a.id < b.id ? -1 : 1);
}
