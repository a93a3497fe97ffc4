/**
 * Figures as a person reads them: three digits that mean something.
 * @module
 */

export function milliseconds(ms: number): string {
  return ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 100_000 ? 2 : 0);
}

export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0)}×`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
