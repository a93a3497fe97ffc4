/**
 * ONNX bytes to `ModelProto` and back: the door by which every model enters.
 * Decoding trusts no length and never throws anything but ModelError; what the message *means* is
 * judged afterwards, by checkAllowed. Schema: onnx-ml.proto, see README.md.
 * @module
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelError } from "../error.ts";
import { type ModelProto, ModelProtoSchema } from "./onnx_pb.ts";
import { weigh } from "./weigh.ts";

/** The largest model read: 32 MiB, eight million float weights. */
export const MAX_MODEL_BYTES: number = 32 * 1024 * 1024;

/**
 * The most memory that a decoded model may take: 512 MiB, ten times the largest honest file. Of some messages two bytes in the
 * file are half a kilobyte in memory, which would end the process before any check sees it.
 */
const MAX_DECODED_BYTES = 512 * 1024 * 1024;

/** @throws ModelError `TOO_LARGE`, `MALFORMED_ONNX` */
export function decodeModel(bytes: Uint8Array): ModelProto {
  if (bytes.length > MAX_MODEL_BYTES) {
    throw new ModelError(
      "TOO_LARGE",
      `the ONNX file has ${bytes.length} bytes, at most ${MAX_MODEL_BYTES} are read`,
      "Use a smaller model, or quantise its weights first.",
    );
  }
  if (weigh(bytes, ModelProtoSchema, MAX_DECODED_BYTES) > MAX_DECODED_BYTES) {
    throw new ModelError(
      "TOO_LARGE",
      `the ONNX file has too many parts: decoded it would take more than ${MAX_DECODED_BYTES} bytes`,
      "Keep weights in raw_data, and use a model of fewer nodes.",
    );
  }
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new ModelError(
      "MALFORMED_ONNX",
      `the bytes are not an ONNX model: ${cause instanceof Error ? cause.message : String(cause)}`,
      "The file may be truncated or of another format; export or download it again.",
      { cause },
    );
  }
  if (model.graph === undefined) {
    throw new ModelError(
      "MALFORMED_ONNX",
      "the bytes hold no ONNX graph",
      "The file may be empty, truncated or of another format; export or download it again.",
    );
  }
  return model;
}

/**
 * The one encoding of a message: fields by ascending number, shortest varints, repeated numbers
 * packed as the schema says.
 */
export function encodeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/**
 * Refuses bytes that say the same model in another way. The model id is a hash of bytes: without this
 * rule one model would have many ids, and two readers could disagree about trailing or repeated fields.
 * @throws ModelError `NOT_CANONICAL`
 */
export function requireCanonical(bytes: Uint8Array, model: ModelProto): void {
  const canonical = encodeModel(model);
  let same = 0;
  while (same < bytes.length && same < canonical.length && bytes[same] === canonical[same]) same++;
  if (same === bytes.length && same === canonical.length) return;
  throw new ModelError(
    "NOT_CANONICAL",
    `the ONNX bytes are not in canonical form: they differ at byte ${same} of ${bytes.length}` +
      ` (canonical: ${canonical.length} bytes)`,
    "Decode the model and encode it again with a standard protobuf library, then publish those bytes.",
  );
}
