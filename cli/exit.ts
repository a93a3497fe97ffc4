/**
 * Exit codes: what a script may rely on. An error names itself by its code; this table says how the process ends.
 * @module
 */
import { ChainError } from "../chain/error.ts";

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  chain: 4,
  proofInvalid: 5,
  artefact: 6,
  timeout: 7,
  resource: 8,
  tryLater: 75,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: ReadonlyMap<string, ExitCode> = new Map<string, ExitCode>([
  ["USAGE", EXIT.usage],
  ["MALFORMED_INPUT", EXIT.usage],
  ["CONFIRMATION_NEEDED", EXIT.usage],
  ["HOME_VERSION", EXIT.config],
  ["KEY_MODE", EXIT.config],
  ["KEY_MISSING", EXIT.config],
  ["KEY_ENCRYPTED", EXIT.config],
  ["KEY_MALFORMED", EXIT.config],
  ["KEY_DAMAGED", EXIT.config],
  ["KEY_MISMATCH", EXIT.config],
  ["KEY_SCHEME", EXIT.config],
  ["KEY_EXISTS", EXIT.config],
  ["WRONG_PASSWORD", EXIT.config],
  ["PASSWORD_MALFORMED", EXIT.config],
  ["WALLET_UNSOUND", EXIT.config],
  ["WALLET_NAME", EXIT.usage],
  ["WEAK_PASSWORD", EXIT.usage],
  ["MALFORMED_ADDRESS", EXIT.usage],
  ["PORT_IN_USE", EXIT.config],
  ["CANNOT_LISTEN", EXIT.config],
  ["NOT_LOOPBACK", EXIT.config],
  ["CHAIN_SETTLED", EXIT.config],
  ["CHAIN_FORMAT", EXIT.config],
  ["CHAIN_GENESIS", EXIT.config],
  ["CHAIN_DAMAGED", EXIT.config],
  ["UNKNOWN_NETWORK", EXIT.usage],
  ["MALFORMED_URL", EXIT.usage],
  ["CONTRADICTING_NETWORKS", EXIT.usage],
  ["MALFORMED_WEIGHTS", EXIT.usage],
  ["PROOF_INVALID", EXIT.proofInvalid],
  ["SIGNATURE_INVALID", EXIT.proofInvalid],
  ["DEVELOPMENT_KEYS", EXIT.proofInvalid],
  ["CEREMONY_UNVERIFIED", EXIT.proofInvalid],
  ["ARTEFACT_MISSING", EXIT.artefact],
  ["ARTEFACT_ALTERED", EXIT.artefact],
  ["BAD_MANIFEST", EXIT.artefact],
  ["PACKAGE_VERSION", EXIT.artefact],
  ["PACKAGE_DRAFT", EXIT.artefact],
  ["NOT_A_DRAFT", EXIT.artefact],
  ["R1CS_MISMATCH", EXIT.artefact],
  ["PTAU_MISSING", EXIT.artefact],
  ["TIMEOUT", EXIT.timeout],
  ["DISK_FULL", EXIT.resource],
  ["KEY_MEMORY", EXIT.resource],
  ["LOCKED", EXIT.tryLater],
  ["INTERRUPTED", EXIT.interrupted],
]);

/** What a chain refuses it names itself, in words that no table lists. */
export function exitCodeOf(code: string, thrown?: unknown): ExitCode {
  return BY_CODE.get(code) ?? (thrown instanceof ChainError ? EXIT.chain : EXIT.failed);
}
