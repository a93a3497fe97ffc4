/**
 * An integer graph in onnxruntime, on the CPU: the runtime a model's users have, so what it computes
 * is what a proof is about. It is given only the bytes of a graph that readIntegerGraph let through;
 * some other models end the whole process inside it.
 * @module
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Inference } from "./inference.ts";
import type { IntegerGraph } from "./integer-graph.ts";
import { openSession } from "./session.ts";

/** @throws ModelError `RUNTIME_FAILED` */
export function openOnnxruntime(graph: IntegerGraph): Promise<Inference> {
  return openSession(
    "onnxruntime",
    graph,
    { executionProviders: ["cpu"] },
    { InferenceSession, Tensor },
  );
}
