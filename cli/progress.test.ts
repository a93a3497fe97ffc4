import { expect, test } from "vitest";
import { openProgress } from "./progress.ts";
import { renderTable } from "./table.ts";

function recorder(isTTY: boolean): {
  isTTY: boolean;
  columns: number;
  text: string;
  write(t: string): void;
} {
  return {
    isTTY,
    columns: 40,
    text: "",
    write(text: string) {
      this.text += text;
    },
  };
}

test("a terminal's line rewrites itself and leaves no trace", () => {
  const stream = recorder(true);
  const progress = openProgress(stream);
  progress.update("one");
  progress.update("two");
  progress.end();
  expect(stream.text).toBe("\r\u001b[2Kone\r\u001b[2Ktwo\r\u001b[2K");
});

test("a log gets every stage, and at most one update in five seconds", () => {
  const stream = recorder(false);
  let nowMs = 0;
  const progress = openProgress(stream, () => nowMs);
  progress.stage("begin");
  for (nowMs = 1_000; nowMs <= 11_000; nowMs += 1_000) progress.update(`at ${nowMs}`);
  expect(stream.text).toBe("begin\nat 5000\nat 10000\n");
});

test("control characters from outside are shown, not obeyed", () => {
  const stream = recorder(false);
  openProgress(stream).stage("a\u001b[31mb");
  expect(stream.text).toBe("a·[31mb\n");
  const table = renderTable([{ title: "name", cell: (row: string) => row }], ["x\ny"]);
  expect(table.split("\n")).toHaveLength(2);
});
