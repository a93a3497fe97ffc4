/**
 * For tests of processes: which child processes of the engine a process has.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";

/** @returns the pids of the children that the process `pid` has, as far as it knows: a zombie is one it has not missed */
export function childrenOf(pid: number): number[] {
  const listed = execFileSync("ps", ["-eo", "pid,ppid,stat,args"], { encoding: "utf8" });
  return listed.split("\n").flatMap((line) => {
    const [child, parent, state = "Z", program = "["] = line.trim().split(/\s+/);
    if (Number(parent) !== pid) return [];
    // One that is just ending has no arguments any more, and ps puts its name in brackets.
    const isEnding = state.startsWith("Z") || program.startsWith("[");
    return isEnding || /snarkjs\/child\.[jt]s/.test(line) ? [Number(child)] : [];
  });
}

export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}
