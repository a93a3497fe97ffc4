/**
 * Which process is meant, for as long as the machine lives: a pid alone comes back after a while, a pid with the boot
 * and the moment at which the process began does not. Linux: proc(5), `/proc/<pid>/stat` field 22.
 * @module
 */
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Of the running kernel; empty where the system tells none. */
  readonly bootId: string;
  /** The space of process numbers in which `pid` counts; empty where there is only one. */
  readonly pidNamespace: string;
  /** Clock ticks from the boot to the start of the process; empty where the system does not tell. */
  readonly startTicks: string;
}

export const processIdentitySchema: z.ZodObject<{
  pid: z.ZodNumber;
  host: z.ZodString;
  bootId: z.ZodString;
  pidNamespace: z.ZodString;
  startTicks: z.ZodString;
}> = z.strictObject({
  pid: z.number().int().positive(),
  host: z.string().max(256),
  bootId: z.string().max(64),
  pidNamespace: z.string().max(64),
  startTicks: z.string().max(32),
});

export async function identifySelf(): Promise<ProcessIdentity> {
  const stat = await readStat(process.pid);
  return {
    pid: process.pid,
    host: hostname(),
    bootId: await readBootId(),
    pidNamespace: await readPidNamespace(),
    startTicks: stat?.startTicks ?? "",
  };
}

/** False only when that process is certainly over; true also when it cannot be seen from here. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.host !== hostname()) return true;
  if (identity.bootId !== (await readBootId())) return false;
  if (identity.pidNamespace !== (await readPidNamespace())) return true;
  if (identity.startTicks === "") return isPidInUse(identity.pid);
  const stat = await readStat(identity.pid);
  return stat !== undefined && !stat.isOver && stat.startTicks === identity.startTicks;
}

interface ProcessStat {
  readonly startTicks: string;
  /** A zombie: killed, and only its parent has not noticed. */
  readonly isOver: boolean;
}

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The second field is the name in brackets, and a name may hold anything, brackets and spaces too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === undefined || startTicks === undefined) return undefined;
  return { startTicks, isOver: state === "Z" || state === "X" };
}

async function readBootId(): Promise<string> {
  const text = await readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => "");
  return text.trim();
}

async function readPidNamespace(): Promise<string> {
  return readlink("/proc/self/ns/pid").catch(() => "");
}

function isPidInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it runs, under another user.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
