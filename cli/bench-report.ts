/**
 * What a bench prints: the machine, its tables, and where its figures are kept.
 * @module
 */
import pc from "picocolors";
import type { Report, Table } from "../bench/report.ts";
import type { Result } from "./output.ts";
import { renderTable } from "./table.ts";

export function resultOf(
  reports: readonly { readonly made: Report<unknown>; readonly file: string }[],
): Result {
  const [first] = reports;
  const head =
    first === undefined
      ? []
      : [
          `${first.made.machine.cpu}, ${first.made.machine.cores} processors (${first.made.machine.flags.join(" ")})`,
          `assay ${first.made.versions.commit ?? first.made.versions.assay}, node ${first.made.versions.node}, snarkjs ${first.made.versions.snarkjs}`,
        ];
  return {
    data: reports.map(({ made: { tables: _, ...figures }, file }) => ({ ...figures, file })),
    text: [
      ...head,
      ...reports.flatMap(({ made, file }) => [
        ...made.tables.map((table) => `\n${textOf(table)}`),
        `figures in ${file}`,
      ]),
    ].join("\n"),
  };
}

function textOf({ title, columns, textColumns, rows, notes = [] }: Table): string {
  const shown = columns.map((column, i) => ({
    title: column,
    align: i < textColumns ? ("left" as const) : ("right" as const),
    cell: (row: readonly string[]) => row[i] ?? "",
  }));
  return [pc.bold(title), renderTable(shown, rows), ...notes].join("\n");
}
