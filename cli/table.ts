/**
 * A table for a terminal: columns as wide as their widest cell, numbers to the right.
 * @module
 */
import pc from "picocolors";

export interface Column<Row> {
  readonly title: string;
  readonly align?: "left" | "right";
  readonly cell: (row: Row) => string;
}

/** Lines of plain text; escape sequences from the outside world never reach the terminal. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const widths = columns.map((column, c) =>
    Math.max(column.title.length, ...cells.map((line) => (line[c] ?? "").length)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, c) => {
        const width = widths[c] ?? 0;
        return columns[c]?.align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [pc.bold(line(columns.map((column) => column.title))), ...cells.map(line)].join("\n");
}

/** Chain and network text may carry control characters: they are shown, never obeyed. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, "·");
}

/** The same of several lines, whose ends stay. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
