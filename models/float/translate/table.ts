/**
 * Every ONNX operator that is read, by domain: how it becomes explicit nodes.
 * @module
 */
import * as classical from "./classical.ts";
import * as dequantised from "./dequantised.ts";
import * as elementwise from "./elementwise.ts";
import { one, same, several, unary } from "./elementwise.ts";
import * as linear from "./linear.ts";
import * as moves from "./moves.ts";
import * as pools from "./pools.ts";
import * as reductions from "./reductions.ts";
import * as shapes from "./shapes.ts";
import type { Translator } from "./site.ts";
import * as svm from "./svm.ts";
import * as trees from "./tree-ensembles.ts";

type Table = Readonly<Record<string, Translator>>;

const FLOAT: Table = {
  Conv: linear.conv,
  ConvTranspose: linear.convTranspose,
  MatMul: linear.matmul,
  Gemm: linear.gemm,
  BatchNormalization: linear.batchNormalization,
  Constant: shapes.constant,
  Shape: shapes.shape,
  Size: shapes.size,
  ConstantOfShape: shapes.constantOfShape,
  Range: shapes.range,
  OneHot: shapes.oneHot,
  Identity: moves.identity,
  Dropout: moves.dropout,
  Reshape: moves.reshape,
  Flatten: moves.flatten,
  Squeeze: moves.squeeze,
  Unsqueeze: moves.unsqueeze,
  Transpose: moves.transpose,
  Cast: moves.cast,
  CastLike: moves.castLike,
  Slice: moves.slice,
  Split: moves.split,
  Concat: moves.concat,
  Gather: moves.gather,
  GatherElements: moves.gatherElements,
  Pad: moves.pad,
  Expand: moves.expand,
  Tile: moves.tile,
  DepthToSpace: moves.depthToSpace,
  SpaceToDepth: moves.spaceToDepth,
  Resize: moves.resize,
  Upsample: moves.resize,
  Add: same("Add"),
  Sub: same("Sub"),
  Mul: same("Mul"),
  Div: elementwise.div,
  Mod: elementwise.mod,
  Pow: elementwise.pow,
  Max: several("Max"),
  Min: several("Min"),
  Sum: several("Add"),
  Mean: elementwise.mean,
  Neg: one("Neg"),
  Relu: one("Relu"),
  Not: one("Not"),
  Clip: elementwise.clip,
  PRelu: elementwise.prelu,
  Where: elementwise.where,
  Equal: same("Equal"),
  Less: same("Less"),
  LessOrEqual: same("LessOrEqual"),
  Greater: same("Greater"),
  GreaterOrEqual: same("GreaterOrEqual"),
  And: same("And"),
  Or: same("Or"),
  Xor: same("Xor"),
  LeakyRelu: unary("LeakyRelu", { alpha: 0.01 }),
  Sigmoid: unary("Sigmoid"),
  Tanh: unary("Tanh"),
  HardSigmoid: unary("HardSigmoid", { alpha: 0.2, beta: 0.5 }),
  HardSwish: unary("HardSwish"),
  Swish: unary("Swish", { alpha: 1 }),
  Elu: unary("Elu", { alpha: 1 }),
  Selu: unary("Selu", { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  Celu: unary("Celu", { alpha: 1 }),
  Softplus: unary("Softplus"),
  Softsign: unary("Softsign"),
  Mish: unary("Mish"),
  Exp: unary("Exp"),
  Log: unary("Log"),
  Sqrt: unary("Sqrt"),
  Reciprocal: unary("Reciprocal"),
  Erf: unary("Erf"),
  Abs: unary("Abs"),
  Sign: unary("Sign"),
  Floor: unary("Floor"),
  Ceil: unary("Ceil"),
  Round: unary("Round"),
  Sin: unary("Sin"),
  Cos: unary("Cos"),
  ThresholdedRelu: unary("ThresholdedRelu", { alpha: 1 }),
  Gelu: elementwise.gelu,
  MaxPool: pools.maxPool,
  AveragePool: pools.averagePool,
  GlobalAveragePool: reductions.globalPool("ReduceMean"),
  GlobalMaxPool: reductions.globalPool("ReduceMax"),
  ReduceSum: reductions.reduceSum,
  ReduceMean: reductions.reduceMean,
  ReduceMax: reductions.reduceMax,
  ReduceMin: reductions.reduceMin,
  ReduceProd: reductions.reduceProd,
  ReduceL1: reductions.reduceL1,
  ReduceL2: reductions.reduceL2,
  ReduceSumSquare: reductions.reduceSumSquare,
  ReduceLogSum: reductions.reduceLogSum,
  ReduceLogSumExp: reductions.reduceLogSumExp,
  ArgMax: reductions.argument("ArgMax"),
  ArgMin: reductions.argument("ArgMin"),
  Softmax: reductions.softmax("Softmax"),
  LogSoftmax: reductions.softmax("LogSoftmax"),
};

const CLASSICAL: Table = {
  LinearClassifier: classical.linearClassifier,
  LinearRegressor: classical.linearRegressor,
  Scaler: classical.scaler,
  Normalizer: classical.normalizer,
  Binarizer: elementwise.binarizer,
  FeatureVectorizer: classical.featureVectorizer,
  ZipMap: classical.zipMap,
  LabelEncoder: classical.labelEncoder,
  ArrayFeatureExtractor: classical.arrayFeatureExtractor,
  SVMClassifier: svm.svmClassifier,
  SVMRegressor: svm.svmRegressor,
  TreeEnsembleClassifier: trees.treeEnsembleClassifier,
  TreeEnsembleRegressor: trees.treeEnsembleRegressor,
};

const QUANTISED: Table = {
  QuantizeLinear: dequantised.quantizeLinear,
  DequantizeLinear: dequantised.dequantizeLinear,
  QLinearConv: dequantised.qlinearConv,
  QLinearMatMul: dequantised.qlinearMatmul,
};

/** By domain and operator. */
export type Translators = ReadonlyMap<string, ReadonlyMap<string, Translator>>;

/** What the float reader understands. */
export const FLOAT_TRANSLATORS: Translators = new Map([
  ["", new Map(Object.entries({ ...FLOAT, ...QUANTISED }))],
  ["ai.onnx.ml", new Map(Object.entries(CLASSICAL))],
  ["com.microsoft", new Map([["QGemm", dequantised.qgemm]])],
]);
