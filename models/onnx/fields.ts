/**
 * Which protobuf fields a model may use, checked over the whole message tree. Everything not listed
 * is refused, fields of later ONNX versions included: a field nobody here reads could mean something
 * to onnxruntime, and then two readers of one model would compute two things.
 * @module
 */
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { ModelError } from "../error.ts";
import { type ModelProto, ModelProtoSchema } from "./onnx_pb.ts";

/** By message name without package (`NodeProto`), the names of the fields that may be set. */
export type FieldAllowlist = Readonly<Record<string, readonly string[]>>;

const REASONS: Readonly<Record<string, string>> = {
  "ModelProto.training_info": "training graphs are not inference",
  "ModelProto.functions": "model-local functions are not supported",
  "GraphProto.sparse_initializer": "sparse tensors are not supported",
  "AttributeProto.g": "control flow (If, Loop, Scan) is not supported",
  "AttributeProto.graphs": "control flow is not supported",
  "AttributeProto.sparse_tensor": "sparse tensors are not supported",
  "AttributeProto.ref_attr_name": "model-local functions are not supported",
  "TensorProto.external_data": "its values are kept in another file",
  "TensorProto.data_location": "its values are kept in another file",
  "TensorProto.segment": "segmented tensors are not supported",
  "TensorProto.string_data": "strings are not supported",
  "Dimension.dim_param": "the shape is not static",
  "TypeProto.sequence_type": "sequences are not supported",
  "TypeProto.map_type": "maps are not supported",
  "TypeProto.optional_type": "optional values are not supported",
  "TypeProto.sparse_tensor_type": "sparse tensors are not supported",
};

/** Fields whose refusal has a code of its own, because callers and people look for it. */
const CODES: Readonly<Record<string, string>> = {
  "TensorProto.external_data": "EXTERNAL_DATA",
  "TensorProto.data_location": "EXTERNAL_DATA",
  "Dimension.dim_param": "DYNAMIC_SHAPE",
};

/** @throws ModelError `UNEXPECTED_FIELD`, `EXTERNAL_DATA`, `DYNAMIC_SHAPE` */
export function checkFields(model: ModelProto, allowed: FieldAllowlist): void {
  checkMessage(reflect(ModelProtoSchema, model), "model", allowed);
}

function checkMessage(message: ReflectMessage, place: string, allowed: FieldAllowlist): void {
  const names = allowed[message.desc.name] ?? [];
  const unknown = message.getUnknown()?.[0];
  if (unknown !== undefined) {
    throw new ModelError(
      "UNEXPECTED_FIELD",
      `${place} has field ${unknown.no}, which ONNX does not define`,
      "Export the model with a released version of ONNX.",
    );
  }
  for (const field of message.sortedFields) {
    if (!message.isSet(field)) continue;
    if (!names.includes(field.name)) throw unexpected(`${message.desc.name}.${field.name}`, place);
    if (field.fieldKind === "message") {
      checkMessage(message.get(field), `${place}.${field.name}`, allowed);
    } else if (field.fieldKind === "list" && field.listKind === "message") {
      let index = 0;
      for (const item of message.get(field)) {
        const child = item as ReflectMessage;
        checkMessage(child, placeOf(child, `${place}.${field.name}[${index++}]`), allowed);
      }
    }
  }
}

function unexpected(field: string, place: string): ModelError {
  const reason = REASONS[field];
  return new ModelError(
    CODES[field] ?? "UNEXPECTED_FIELD",
    `${place} sets ${field}${reason === undefined ? ", which is not read here" : `: ${reason}`}`,
    CODES[field] === "EXTERNAL_DATA"
      ? "Save the model with its weights inside the ONNX file."
      : CODES[field] === "DYNAMIC_SHAPE"
        ? "Export the model with fixed dimensions."
        : "Remove the field from the model, and publish the result.",
  );
}

/** A list item is named as people know it, when it has a name. */
function placeOf(message: ReflectMessage, path: string): string {
  const field = message.fields.find(({ name }) => name === "name");
  if (field === undefined || field.fieldKind !== "scalar" || !message.isSet(field)) return path;
  return `${path} ${JSON.stringify(String(message.get(field)).slice(0, 80))}`;
}
