/**
 * The door of this folder: whoever proves, verifies or makes keys opens an engine or a ceremony here, and gets the
 * native core where it is built and the reference where it is not.
 * @module
 */
import type { Ceremony } from "./ceremony.ts";
import type { Engine, WitnessCalculator } from "./engine.ts";
import { ProofError } from "./error.ts";
import { type Addon, loadAddon } from "./native/addon.ts";
import { buildNative, type NativeBuildOptions } from "./native/build.ts";
import { openNativeCeremony } from "./native/ceremony.ts";
import { openNativeEngine } from "./native/engine.ts";
import { openReferenceCeremony } from "./snarkjs/ceremony.ts";
import { openReferenceEngine } from "./snarkjs/engine.ts";

export type EngineName = Engine["name"];

interface Choice {
  /** This one and no other. Default: native where it is built, else the reference. */
  readonly engine?: EngineName;
  /** Called with one line for what costs time: the reference stands in for the native core, tables are not kept. */
  readonly onNotice?: (line: string) => void;
}

export interface EngineOptions extends Choice {
  /** Proofs made side by side. Default 1. */
  readonly proofs?: number;
  /** Threads of a proof whose caller does not say; the reference always takes one. Default 1. */
  readonly threads?: number;
  /** A folder for what is computed once of a proving key; the reference keeps nothing. Default: none. */
  readonly cacheDir?: string;
}

/** @throws ProofError `ENGINE_MISSING` when the engine asked for is not built here, `CPU_UNSUPPORTED` */
export function openEngine(options: EngineOptions = {}): Engine & WitnessCalculator {
  const { proofs = 1, threads = 1, cacheDir, onNotice } = options;
  const addon = choose(options, "proving");
  return addon === undefined
    ? openReferenceEngine({ children: proofs })
    : openNativeEngine(addon, {
        proofs,
        threads,
        ...(cacheDir !== undefined && { cacheDir }),
        ...(onNotice !== undefined && { onNotice }),
      });
}

/** @throws as openEngine */
export function openCeremony(options: Choice = {}): Ceremony {
  const addon = choose(options, "making keys");
  return addon === undefined ? openReferenceCeremony() : openNativeCeremony(addon);
}

/** What stands ready after building, and a line for people if there is something to say. */
export interface BuiltEngines {
  readonly engine: EngineName;
  readonly notice?: string;
}

/** Builds the native core where it is missing or old and this machine can. Only the signal's reason is thrown. */
export async function buildEngines(options: NativeBuildOptions = {}): Promise<BuiltEngines> {
  const build = await buildNative(options);
  switch (build.kind) {
    case "current":
      return { engine: "native" };
    case "built":
      return {
        engine: "native",
        notice: `the native core is built, in ${Math.round(build.seconds)} s`,
      };
    case "impossible":
      return {
        engine: "reference",
        notice: `proving with snarkjs: the native core is not built, ${build.reason}`,
      };
    case "failed":
      return {
        engine: "reference",
        notice: `proving with snarkjs: the native core could not be built: ${build.reason}`,
      };
  }
}

function choose({ engine, onNotice }: Choice, doing: string): Addon | undefined {
  if (engine === "reference") return undefined;
  const loaded = loadAddon();
  if ("addon" in loaded) return loaded.addon;
  const { missing } = loaded;
  if (engine === "native") {
    throw new ProofError(
      "ENGINE_MISSING",
      `the native core ${missing}`,
      "Run npm run build with cargo installed, or use --engine reference.",
    );
  }
  onNotice?.(
    `${doing} with snarkjs: the native core ${missing}; run npm run build with cargo installed`,
  );
  return undefined;
}
