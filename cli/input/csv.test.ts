import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCsv, numberOf } from "./csv.ts";

const PLACE = "samples.csv";
const anyField = fc.string({ maxLength: 8 }).map((text) => text.trim());
const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe("decodeCsv", () => {
  test("reads back whatever was quoted, whatever ends its lines", () => {
    const rows = fc.integer({ min: 1, max: 4 }).chain((width) =>
      fc.array(fc.array(anyField, { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 5,
      }),
    );
    fc.assert(
      fc.property(rows, fc.constantFrom("\n", "\r\n"), fc.boolean(), (lines, end, hasEnd) => {
        const header = lines[0]?.map((_, i) => `c${i}`) ?? [];
        const text = [header, ...lines].map((row) => row.map(quoted).join(",")).join(end);
        expect(decodeCsv(hasEnd ? text + end : text, PLACE)).toEqual({
          names: header,
          rows: lines,
        });
      }),
    );
  });

  test("takes a first line with a number in it for a sample, and one without for names", () => {
    expect(decodeCsv("1,2\n3,4\n", PLACE)).toEqual({
      names: [],
      rows: [
        ["1", "2"],
        ["3", "4"],
      ],
    });
    expect(decodeCsv("5.1,setosa\n", PLACE).names).toEqual([]);
    expect(decodeCsv("length, width\n3,4", PLACE)).toEqual({
      names: ["length", "width"],
      rows: [["3", "4"]],
    });
  });

  test("reads back every number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [row] = decodeCsv(`${value},0`, PLACE).rows;
        expect(numberOf(row?.[0] ?? "", PLACE, 0)).toBe(Number(`${value}`));
      }),
    );
  });

  test.each([
    ["lines of different length", "1,2\n3\n", /line 2: 1 fields where the first line has 2/],
    ["a line too long", "1\n2,3\n", /line 2/],
    ["nothing", "", /line 1: nothing/],
    ["a quote inside a field", '1,a"b\n', /a quote inside a field/],
    ["an open quote", '1,"ab\n', /a quote inside a field/],
  ])("refuses %s", (_what, text, message) => {
    expect(() => decodeCsv(text, PLACE)).toThrow(message);
  });

  test.each(["", "a", "0x10", "1e999", "NaN", "1,5", "--1", "Infinity"])(
    "refuses %j for a number",
    (field) => {
      expect(() => numberOf(field, PLACE, 6)).toThrow(/samples.csv, line 7/);
    },
  );

  test("never crashes, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60, unit: fc.constantFrom('"', ",", "\n", "\r", "1", "a") }),
        (text) => {
          try {
            decodeCsv(text, PLACE);
          } catch (error) {
            expect(error).toMatchObject({ code: "MALFORMED_INPUT" });
          }
        },
      ),
    );
  });
});
