/**
 * A float network as its framework meant it, reduced to few operators: static shapes, constants folded, names unique,
 * nodes in topological order, every node reaching an output. It is a source, for calibration and as the measure of what
 * quantisation lost; nothing here is proven, and nothing here has to be equal on two machines.
 * @module
 */

/** Element types after reading: every float is held in doubles, every integer and truth value too. */
export type FloatDtype = "float" | "integer" | "bool";

export interface FloatTensor {
  readonly dtype: FloatDtype;
  readonly dims: readonly number[];
  /** Row-major. Integers of 64 bits are refused beyond 2^53. */
  readonly values: Float64Array;
}

export type Attribute = number | string | readonly number[] | readonly string[];

export interface FloatNode {
  /** Unique, printable ASCII, at most 128 characters. */
  readonly name: string;
  readonly op: FloatOp;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** How errors name the node of the file that it came from: op type, name, position. */
  readonly label: string;
}

/**
 * What is left after normalising. Gemm and LinearClassifier are MatMul and Add; BatchNormalization, Scaler and Div by a
 * constant are Mul and Add; Flatten, Squeeze and Unsqueeze are Reshape; GlobalAveragePool is ReduceMean; Identity,
 * Dropout and casts between floats are gone, and so is a last Softmax. Attributes are explicit: no defaults are left.
 */
export type FloatOp =
  // Linear in what depends on the input. Conv: x, W[, b]; attributes strides, pads (begins, ends), dilations, group.
  | "Conv"
  // Of two or more dimensions each, the leading ones broadcast.
  | "MatMul"
  | "Add"
  | "Sub"
  | "Mul"
  | "Neg"
  // kernel_shape, strides, pads, dilations, count_include_pad (0 or 1); pads end where ceil_mode would end.
  | "AveragePool"
  // axes (list), keepdims.
  | "ReduceSum"
  | "ReduceMean"
  // Elements move, nothing is computed. Reshape: dims. Transpose: perm. Slice: starts, ends, axes, steps. Concat: axis.
  // Gather: x, constant indices; axis. Pad: pads (begins, ends), mode, value. Expand: dims. Tile: repeats.
  // GatherElements: x, constant indices; axis. A Split is Slices.
  | "Reshape"
  | "Transpose"
  | "Slice"
  | "Concat"
  | "Gather"
  | "GatherElements"
  | "Pad"
  | "Expand"
  | "Tile"
  // One element to one element: Relu, Clip (min, max, where an open end is infinite), and `Unary` with attribute `function`, one of the names below and
  // its parameters (alpha, beta, gamma, exponent, approximate) as ONNX names them. Div, Mod (fmod): integers toward zero.
  | "Relu"
  | "Clip"
  | "PRelu"
  | "Unary"
  | "Div"
  | "Mod"
  // Of several elements. MaxPool: kernel_shape, strides, pads, dilations. ReduceMax, ReduceMin, ArgMax, ArgMin: axes / axis,
  // keepdims, select_last_index. Max, Min: two operands.
  | "MaxPool"
  | "ReduceMax"
  | "ReduceMin"
  | "Max"
  | "Min"
  | "ArgMax"
  | "ArgMin"
  // Truth values.
  | "Equal"
  | "Less"
  | "LessOrEqual"
  | "Greater"
  | "GreaterOrEqual"
  | "And"
  | "Or"
  | "Xor"
  | "Not"
  | "Where"
  // To "integer", "float" or "bool" (attribute to), where the kind changes; a float that becomes an integer is cut toward zero.
  | "Cast"
  // A list of trees over a row of features: see trees.ts.
  | "TreeEnsemble"
  // Inside the network only; a last one is dropped. axis.
  | "Softmax";

/** Functions of one element, by their ONNX names, in attribute `function` of a Unary. */
export type UnaryFunction =
  | "LeakyRelu"
  | "Sigmoid"
  | "Tanh"
  | "HardSigmoid"
  | "HardSwish"
  | "Swish"
  | "Elu"
  | "Selu"
  | "Celu"
  | "Softplus"
  | "Softsign"
  | "Mish"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Reciprocal"
  | "Pow"
  | "Gelu"
  | "Erf"
  | "Abs"
  | "Sign"
  | "Floor"
  | "Ceil"
  | "Round"
  | "Sin"
  | "Cos"
  | "ThresholdedRelu";

export interface FloatValue {
  readonly name: string;
  readonly dtype: FloatDtype;
  readonly dims: readonly number[];
}

export interface FloatOutput extends FloatValue {
  /** Labels of the classes where the file names them (scikit-learn does); else empty. */
  readonly labels: readonly string[];
}

export interface FloatGraph {
  readonly name: string;
  readonly inputs: readonly FloatValue[];
  readonly outputs: readonly FloatOutput[];
  readonly nodes: readonly FloatNode[];
  readonly constants: ReadonlyMap<string, FloatTensor>;
  /** Of every value: inputs, constants, and what the nodes write. */
  readonly types: ReadonlyMap<string, FloatValue>;
  /** What was cut or folded, in sentences for people: "BatchNormalization bn1: folded into conv1", "Softmax: dropped". */
  readonly notices: readonly string[];
}
