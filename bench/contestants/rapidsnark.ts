/**
 * rapidsnark, where somebody installed it: `prover` or `rapidsnark` on the PATH. It is a program that loads the key
 * anew for each proof, so that its time has the loading in it and memory is not measured.
 * @module
 */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { isRejection } from "../../proof/groth16/points.ts";
import { proofFromJson } from "../../proof/groth16/proof-json.ts";
import type { Contestant } from "../contest.ts";
import { noProof } from "./no-proof.ts";

const run = promisify(execFile);
const NAMES = ["rapidsnark", "prover"];
const NAME = "rapidsnark, with loading";

/** @param path the PATH in which it is looked for */
export function rapidsnark(path: string): Contestant {
  return {
    name: NAME,
    maker: "rapidsnark",
    threads: "all",
    tables: false,
    async open({ provingKey, witnessFile }) {
      const program = findProgram(path);
      if (program === undefined) return { absent: `no ${NAMES.join(" or ")} on the PATH` };
      const dir = await mkdtemp(join(tmpdir(), "assay-rapidsnark-"));
      const [proofFile, publicFile] = [join(dir, "proof.json"), join(dir, "public.json")];
      return {
        pids: [],
        async prove() {
          const startMs = performance.now();
          await run(program, [provingKey, witnessFile, proofFile, publicFile]);
          const ms = performance.now() - startMs;
          const written = JSON.parse(await readFile(proofFile, "utf8")) as object;
          // It leaves the curve out, and knows only one.
          const decoded = proofFromJson({ ...written, curve: "bn128" });
          if (isRejection(decoded)) throw noProof(NAME, decoded);
          return { ms, proof: decoded };
        },
        close: () => rm(dir, { recursive: true, force: true }),
      };
    },
  };
}

function findProgram(path: string): string | undefined {
  const places = path.split(delimiter).filter((folder) => folder !== "");
  return NAMES.flatMap((name) => places.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
