/**
 * What the tests of this folder stand on: folders that go away, processes that can be killed, a disk that is full.
 * @module
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A new empty folder; removed when the callback given is run. */
export async function newFolder(onEnd: (remove: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "assay-store-"));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs TypeScript in a process of its own. It has `store(file)` to import a file of this folder, and prints a line
 * when it has come to where the test wants it.
 */
export function runProcess(program: string): ChildProcess {
  const store = `const store = (file) => import(new URL(file, ${JSON.stringify(import.meta.url)}));`;
  return spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", `${store}\n${program}`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
}

/** The next text that the process prints; rejects when it ends before. */
export function nextOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", (code, signal) => reject(new Error(`process ended: ${code ?? signal}`)));
  });
}

/** kill -9, and waits until the process is gone. */
export function killHard(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
    return undefined;
  });
}

/**
 * A file system of its own with so many bytes, at `folder`, which needs Linux and root.
 * @returns undefined, or why there is none
 */
export async function mountSmallDisk(folder: string, bytes: number): Promise<string | undefined> {
  if (process.platform !== "linux") return "a disk of a few kilobytes needs Linux's tmpfs";
  await mkdir(folder, { recursive: true });
  try {
    await promisify(execFile)("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
    return undefined;
  } catch {
    return "mounting a disk of a few kilobytes needs root";
  }
}

export async function unmount(folder: string): Promise<void> {
  await promisify(execFile)("umount", ["--lazy", folder]);
}
