import { describe, expect, test } from "vitest";
import { ChainError } from "../chain/error.ts";
import { printable, printableLines } from "./table.ts";

/** Clears the screen, rings, names the window, turns the reading direction, ends the line. */
const HOSTILE = "a\u001b[2J\u0007\u009b1m\u001b]0;x\u0007\u202eb\u2028c\u0000\r\nd";

describe("text from outside", () => {
  test("is shown as it is where it is text, in whatever alphabet", () => {
    for (const text of ["5GrwvaEF", "größer 大きい אבג 💥", ""]) expect(printable(text)).toBe(text);
  });

  test("steers no terminal", () => {
    expect(printable(HOSTILE)).toBe("a·[2J··1m·]0;x··b·c···d");
    expect(printableLines(HOSTILE)).toBe("a·[2J··1m·]0;x··b·c··\nd");
    expect(new ChainError("X", HOSTILE, "").message).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  });
});
