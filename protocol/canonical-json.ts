/**
 * JSON as it may stand on the wire: UTF-8 without a byte order mark, every value written in the one way in which
 * JSON.stringify writes it. So there is no white space, no `1.0`, `1e3` or `-0`, no `\u0041` for a letter, and no
 * key twice. The order of keys is free, because nothing that is signed is JSON.
 * @module
 */
import { ProtocolError } from "./error.ts";

/**
 * The deepest message is a receipt: receipt, request, job, input. The bound is checked before parsing, because
 * JSON.stringify recurses.
 */
const MAX_DEPTH = 4;

/**
 * The strict text layer in front of every `…FromJson`.
 * @param maxBytes refuses longer texts before it reads them
 * @throws ProtocolError `MALFORMED_JSON`
 */
export function parseCanonicalJson(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) {
    throw malformed(`expected at most ${maxBytes} bytes, got ${bytes.length}`);
  }
  const text = decodeUtf8(bytes);
  requireShallow(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed("the text is not JSON", { cause });
  }
  if (JSON.stringify(value) !== text) {
    throw malformed("the text is JSON, but not in canonical form");
  }
  return value;
}

/** The canonical bytes of a value made by one of the `…ToJson` functions. */
export function canonicalJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw malformed("the text is not UTF-8", { cause });
  }
}

function requireShallow(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === "{" || character === "[") {
      depth++;
      if (depth > MAX_DEPTH) throw malformed(`nested deeper than ${MAX_DEPTH}`);
    } else if (character === "}" || character === "]") {
      depth--;
    }
  }
}

function malformed(what: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError(
    "MALFORMED_JSON",
    what,
    'Send UTF-8 JSON exactly as JSON.stringify writes it: no spaces, plain decimal integers, no key twice (docs/protocol.md, "JSON").',
    options,
  );
}
