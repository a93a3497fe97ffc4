/** What we use of two libraries that bring no types. Their source is the reference: snarkjs 0.7.6, ffjavascript 0.3.1. */

declare module "snarkjs" {
  /** A path, or a file in memory: its bytes in `data` once written. */
  type FileOrMemory = string | { type: "mem"; data?: Uint8Array };
  export interface Logger {
    debug(line: string): void;
    info(line: string): void;
    warn(line: string): void;
    error(line: string): void;
  }

  export const wtns: {
    calculate(
      inputs: Record<string, readonly bigint[]>,
      program: string,
      out: FileOrMemory,
    ): Promise<void>;
  };
  export const groth16: {
    prove(
      key: string,
      witness: FileOrMemory,
      logger?: Logger,
    ): Promise<{ proof: unknown; publicSignals: unknown }>;
    verify(key: unknown, publicSignals: readonly string[], proof: unknown): Promise<boolean>;
  };
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, out: string, logger: Logger): Promise<unknown>;
    contribute(
      from: string,
      out: string,
      name: string,
      entropy: string,
      logger: Logger,
    ): Promise<Uint8Array>;
    beacon(
      from: string,
      out: string,
      name: string,
      hash: string,
      iterationsExp: number,
      logger: Logger,
    ): Promise<Uint8Array | false>;
    preparePhase2(from: string, out: string, logger: Logger): Promise<void>;
    verify(file: string, logger: Logger): Promise<boolean>;
  };
  export const zKey: {
    newZKey(r1cs: string, powersOfTau: string, out: string, logger: Logger): Promise<unknown>;
    contribute(
      from: string,
      out: string,
      name: string,
      entropy: string,
      logger: Logger,
    ): Promise<Uint8Array>;
    beacon(
      from: string,
      out: string,
      name: string,
      hash: string,
      iterationsExp: number,
      logger: Logger,
    ): Promise<Uint8Array | false>;
    verifyFromR1cs(
      r1cs: string,
      powersOfTau: string,
      key: string,
      logger: Logger,
    ): Promise<boolean>;
    exportVerificationKey(key: string, logger: Logger): Promise<unknown>;
  };
}

declare module "ffjavascript" {
  export function buildBn128(singleThread?: boolean): Promise<unknown>;
}
