import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { isCallable, readEndpoint, writeEndpoint } from "./endpoint.ts";

describe("an endpoint", () => {
  test("read from any bytes is written back to the same bytes", () => {
    const bytes = fc.oneof(
      fc
        .uint8Array({ minLength: 4, maxLength: 4 })
        .map((v4) => [4, ...new Array(12).fill(0), ...v4]),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((v6) => [6, ...v6]),
    );
    fc.assert(
      fc.property(bytes, fc.nat(65_535), (address, port) => {
        const encoded = new ByteWriter().bytes(Uint8Array.from(address)).u16(port).finish();
        const reader = new ByteReader(encoded);
        const endpoint = readEndpoint(reader);
        reader.end();
        const writer = new ByteWriter();
        writeEndpoint(writer, endpoint);
        expect(writer.finish()).toEqual(encoded);
      }),
    );
  });

  test("is refused with an IP version that does not exist or IPv4 of more than 32 bits", () => {
    const wide = [4, ...new Array(11).fill(0), 1, 127, 0, 0, 1, 0, 80];
    for (const bytes of [[5, ...new Array(18).fill(0)], wide]) {
      expect(() => readEndpoint(new ByteReader(Uint8Array.from(bytes)))).toThrow(
        expect.objectContaining({ code: "MALFORMED_TRANSACTION" }),
      );
    }
  });

  test.each(["127.0.0.1", "::1", "10.0.0.7", "192.0.2.1", "2001:db8::1"])(
    "%s is callable",
    (ip) => {
      expect(isCallable({ ip, port: 80 })).toBe(true);
    },
  );

  test.each(["0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "::ffff:0.0.0.0"])(
    "%s is not callable",
    (ip) => {
      expect(isCallable({ ip, port: 80 })).toBe(false);
    },
  );
});
