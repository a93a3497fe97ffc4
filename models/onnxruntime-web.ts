/**
 * An integer graph in onnxruntime's WebAssembly build: the third opinion, compiled by other compilers
 * for another machine, and the one that runs in a browser. Some ten times slower than the native one.
 * @module
 */
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import type { Inference } from "./inference.ts";
import type { IntegerGraph } from "./integer-graph.ts";
import { openSession } from "./session.ts";

/** @throws ModelError `RUNTIME_FAILED` */
export function openOnnxruntimeWeb(graph: IntegerGraph): Promise<Inference> {
  // Read once, when the first session loads the WebAssembly: without it Node gets worker threads.
  env.wasm.numThreads = 1;
  return openSession(
    "onnxruntime-web",
    graph,
    { executionProviders: ["wasm"] },
    { InferenceSession, Tensor },
  );
}
