/**
 * Makes the small files that the Rust tests read, by the reference: circom compiles, snarkjs makes powers of tau, key,
 * witness and proof.
 *
 *     node --import tsx proof/native/tests/vectors/make.ts
 *
 * Every run draws new secrets, so that the bytes differ from run to run; the files of one run belong together.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compressProof } from "../../../groth16/proof-bytes.ts";
import { openReferenceCeremony } from "../../../snarkjs/ceremony.ts";
import { openReferenceEngine } from "../../../snarkjs/engine.ts";

/** 2^3 rows: three of the circuit, one for each public signal, one for the constant. */
const POWER = 3;
const BEACON = { hash: "5a".repeat(32), iterationsExp: 10 };
const SOURCE = `pragma circom 2.1.0;
template Products() {
    signal input a;
    signal input b;
    signal input c;
    signal output x;
    signal output y;
    signal ab <== a * b;
    x <== ab * (ab - c);
    y <== (7 * a - 2 * b + c) * (x + 1);
}
component main {public [c]} = Products();
`;
const INPUTS = { a: [12n], b: [-5n], c: [1_000_003n] };

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "assay-vectors-"));
const at = (name: string): string => join(dir, name);
const ceremony = openReferenceCeremony();
const engine = openReferenceEngine();
try {
  writeFileSync(at("main.circom"), SOURCE);
  const compiler = createRequire(import.meta.url).resolve("circom2/cli.js");
  const options = ["main.circom", "--r1cs", "--wasm", "--O1", "-o", "."];
  execFileSync(process.execPath, [compiler, ...options], { cwd: dir, stdio: "ignore" });

  const named = { name: "a test", beacon: BEACON };
  await ceremony.newPowersOfTau({ power: POWER, out: at("0.ptau") });
  await ceremony.contributeToPowersOfTau({ from: at("0.ptau"), out: at("1.ptau"), ...named });
  await ceremony.applyBeaconToPowersOfTau({ from: at("1.ptau"), out: at("2.ptau"), ...named });
  await ceremony.preparePhase2({ from: at("2.ptau"), out: at("powers.ptau") });

  const parts = { r1cs: at("main.r1cs"), powersOfTau: at("powers.ptau") };
  await ceremony.newKey({ ...parts, out: at("0.zkey") });
  await ceremony.contributeToKey({ from: at("0.zkey"), out: at("1.zkey"), ...named });
  await ceremony.applyBeaconToKey({ from: at("1.zkey"), out: at("key.zkey"), ...named });

  const witness = await engine.calculateWitness(at("main_js/main.wasm"), INPUTS);
  const proven = await engine.prove({ provingKey: at("key.zkey"), witness });
  writeFileSync(here("witness.wtns"), witness);
  writeFileSync(here("proof.bin"), compressProof(proven.proof));
  // 32 bytes each, little-endian.
  const signals = proven.publicSignals.map((signal) => signal.toString(16).padStart(64, "0"));
  const bytes = signals.map((hex) => Buffer.from(hex, "hex").reverse());
  writeFileSync(here("signals.bin"), Buffer.concat(bytes));
  copyFileSync(at("main.r1cs"), here("circuit.r1cs"));
  copyFileSync(at("powers.ptau"), here("powers.ptau"));
  copyFileSync(at("key.zkey"), here("key.zkey"));
} finally {
  await Promise.all([ceremony.close(), engine.close()]);
  rmSync(dir, { recursive: true, force: true });
}
process.stdout.write(`${readFileSync(here("key.zkey")).length} bytes of key\n`);
