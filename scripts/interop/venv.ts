/**
 * A Python with exactly the packages that a check names, so that the other side of an interop check is what its authors
 * published. Installed once: kept in the user's own cache folder, by the hash of the list.
 * @module
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Nothing could be compared: no Python, or no package index. Whoever runs checks calls this skipped, not failed. */
export class PythonUnavailable extends Error {}

/** The oldest Python that the packages compared with run on. */
const MIN_MINOR = 10;

/** Wheels of up to 100 MB over a slow line. */
const INSTALL_TIMEOUT_MS = 600_000;

/**
 * What pip says when it did not reach its index, as opposed to having found it without this version. All packages that
 * are compared with exist, so one without any version was looked for in vain.
 */
const NO_INDEX =
  /connection broken|NewConnectionError|Max retries|Temporary failure|Read timed out|ProxyError|from versions: none/i;

const installing = new Map<string, Promise<string>>();

/**
 * @param packages each `name==version`
 * @returns path of the interpreter
 * @throws PythonUnavailable; Error when pip refuses the packages themselves
 */
export function python(packages: readonly string[]): Promise<string> {
  for (const one of packages) {
    if (!/^[A-Za-z0-9._[\]-]+==[0-9][A-Za-z0-9.]*$/.test(one)) {
      throw new Error(`expected name==version, got ${one}`);
    }
  }
  const list = [...packages].sort().join("\n");
  const known = installing.get(list);
  if (known !== undefined) return known;
  const installed = install(list);
  installing.set(list, installed);
  return installed;
}

async function install(list: string): Promise<string> {
  const version = await versionOfPython();
  const name = createHash("sha256").update(`${version}\n${list}`).digest("hex").slice(0, 16);
  // Nobody else may write there: what lies in it is run.
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const venvs = join(cache, "assay-interop");
  const dir = join(venvs, name);
  const interpreter = join(dir, "bin", "python");
  if (await exists(interpreter)) return interpreter;
  await mkdir(venvs, { recursive: true });
  // Complete or absent: an install that is cut short never has the final name.
  const temporary = await mkdtemp(join(venvs, `${name}-`));
  try {
    await execute("python3", ["-m", "venv", temporary]);
    const pip = ["-m", "pip", "install", "--no-input", ...list.split("\n")];
    await execute(join(temporary, "bin", "python"), pip, { timeout: INSTALL_TIMEOUT_MS });
    await rename(temporary, dir);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process was faster.
    if (await exists(interpreter)) return interpreter;
    const said = String((error as { stderr?: string }).stderr ?? error);
    if (NO_INDEX.test(said)) throw new PythonUnavailable("the package index is not reachable");
    throw new Error(`pip cannot install ${list.replaceAll("\n", ", ")}: ${said.slice(-2_000)}`);
  }
  return interpreter;
}

async function versionOfPython(): Promise<string> {
  const code = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
  const version = await execute("python3", ["-c", code]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (version === undefined) throw new PythonUnavailable("python3 is not installed");
  const [major, minor] = version.split(".").map(Number);
  if (major !== 3 || (minor ?? 0) < MIN_MINOR) {
    throw new PythonUnavailable(`python3 is ${version}, the packages need 3.${MIN_MINOR}`);
  }
  return version;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A program that computes for a minute has hung: what is compared here takes seconds. */
const RUN_TIMEOUT_MS = 60_000;

/**
 * Runs `code` with `input` as JSON on its standard input, and reads the last line it prints as JSON.
 * @param interpreter as given by `python`
 * @throws Error with what it wrote to standard error, when it ends with another code than 0
 */
export function runPython(interpreter: string, code: string, input: unknown): Promise<unknown> {
  const child = spawn(interpreter, ["-c", code], { timeout: RUN_TIMEOUT_MS });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(input));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      if (status !== 0)
        return reject(new Error(`python ended with ${status}: ${err.slice(-2_000)}`));
      return resolve(JSON.parse(out.trimEnd().split("\n").at(-1) ?? ""));
    });
  });
}
