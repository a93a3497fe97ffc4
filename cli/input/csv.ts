/**
 * Reads comma-separated values: one sample a line, one number a field, with or without a line of names above. RFC 4180,
 * strictly: quotes only around whole fields, and the same number of fields in every line.
 * @module
 */
import { malformed } from "./numbers.ts";

export interface CsvTable {
  /** Empty where the first line is a sample already. */
  readonly names: readonly string[];
  /** Fields as they stand, without quotes and white space around them. */
  readonly rows: readonly (readonly string[])[];
}

/** One field, quoted or not, and what ends it. */
const FIELD = /"((?:[^"]|"")*)"(,|\r?\n|$)|([^",\r\n]*)(,|\r?\n|$)/y;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

/** @throws CliError `MALFORMED_INPUT` naming the line */
export function decodeCsv(text: string, place: string): CsvTable {
  const rows: string[][] = [];
  let row: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const found = FIELD.exec(text);
    if (found === null) throw unusable(place, rows.length, "a quote inside a field");
    const [, quoted, quotedEnd, plain = "", plainEnd] = found;
    row.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    const end = quotedEnd ?? plainEnd;
    if (end === ",") {
      // A comma at the very end has an empty field after it, which the loop would not come to.
      if (FIELD.lastIndex === text.length) row.push("");
      continue;
    }
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  const [first] = rows;
  if (first === undefined) throw unusable(place, 0, "nothing");
  const uneven = rows.findIndex((fields) => fields.length !== first.length);
  if (uneven >= 0) {
    const found = rows[uneven]?.length ?? 0;
    throw unusable(place, uneven, `${found} fields where the first line has ${first.length}`);
  }
  // Names are never numbers; a label may be text in every line, so one number makes a line a sample.
  const isHeader = !first.some((field) => NUMBER.test(field));
  return isHeader ? { names: first, rows: rows.slice(1) } : { names: [], rows };
}

/** @throws CliError `MALFORMED_INPUT` */
export function numberOf(field: string, place: string, line: number): number {
  const value = NUMBER.test(field) ? Number(field) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw unusable(place, line, `${JSON.stringify(field.slice(0, 40))} where a number is expected`);
}

function unusable(place: string, line: number, what: string): Error {
  return malformed(
    `${place}, line ${line + 1}: ${what}`,
    "Give one sample a line, numbers separated by commas, with a decimal point.",
  );
}
