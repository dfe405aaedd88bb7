import { decode as publicDecode, encode as publicEncode } from "@msgpack/msgpack";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_DEPTH, decode, encode } from "../src/codec";

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "medium" },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.integer({ min: -300, max: 300 }),
    fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
    fc.string({ unit: "grapheme" }),
    fc.string({ maxLength: 400 }),
    fc.uint8Array({ maxLength: 400 }),
    fc.array(tie("any")),
    fc.dictionary(fc.string(), tie("any"), { noNullPrototype: true }),
  ),
})).any;

const plain = (item: unknown): unknown => {
  if (Array.isArray(item)) return item.map(plain);
  if (item instanceof Uint8Array) return [...item].join() + "b";
  if (item && typeof item === "object") return Object.entries(item).map(([k, v]) => [k, plain(v)]);
  return item;
};

test("what we encode, the public codec reads", () => {
  fc.assert(
    fc.property(value, (item) => {
      fc.pre(!JSON.stringify(item)?.includes('"__proto__"'));
      expect(plain(publicDecode(encode(item)))).toEqual(plain(item));
    }),
  );
});

test("what the public codec encodes, we read", () => {
  fc.assert(
    fc.property(value, (item) => {
      fc.pre(!JSON.stringify(item)?.includes('"__proto__"'));
      expect(plain(decode(publicEncode(item)))).toEqual(plain(item));
    }),
  );
});

test("what we encode is what we read, at every boundary of a length or number", () => {
  for (const n of [0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    for (const number of [n, -n - 1, -n].filter(Number.isSafeInteger)) expect(decode(encode(number))).toBe(number === 0 ? number : number);
  }
  for (const n of [0, 15, 16, 31, 32, 255, 256, 65535, 65536]) {
    expect(decode(encode("x".repeat(n)))).toBe("x".repeat(n));
    expect(decode(encode(new Uint8Array(n)))).toEqual(new Uint8Array(n));
    expect(decode(encode(Array(n).fill(0)))).toEqual(Array(n).fill(0));
    const map = Object.fromEntries(Array.from({ length: n }, (_, i) => ["k" + i, i]));
    expect({ ...(decode(encode(map)) as object) }).toEqual(map);
  }
  expect(Object.is(decode(encode(-0)), -0)).toBe(true);
});

test("every cut message is refused, and so is one that goes on", () => {
  fc.assert(
    fc.property(value, (item) => {
      const bytes = encode(item);
      for (let i = 0; i < Math.min(bytes.length, 60); i++) expect(() => decode(bytes.subarray(0, i))).toThrow();
      expect(() => decode(Uint8Array.from([...bytes, 0xc0]))).toThrow();
    }),
    { numRuns: 50 },
  );
});

test("random bytes give a value or a refusal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      let read;
      try {
        read = decode(bytes);
      } catch {
        return;
      }
      expect(plain(decode(encode(read)))).toEqual(plain(read));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["an extension type", [0xd4, 1, 0]],
  ["a timestamp", [0xd6, 0xff, 0, 0, 0, 0]],
  ["the unused type", [0xc1]],
  ["a key that is a number", [0x81, 1, 1]],
  ["a key that comes twice", [0x82, 0xa1, 97, 1, 0xa1, 97, 2]],
  ["an integer beyond 2^53", [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0]],
  ["an integer below -2^53", [0xd3, 0xff, 0xdf, 0, 0, 0, 0, 0, 0]],
  ["text that is no UTF-8", [0xa1, 0xff]],
  ["an array that claims 4 thousand million items", [0xdd, 0xff, 0xff, 0xff, 0xff, 0]],
  ["a map that claims 4 thousand million entries", [0xdf, 0xff, 0xff, 0xff, 0xff, 0]],
  ["a string that claims 4 GB", [0xdb, 0xff, 0xff, 0xff, 0xff, 0]],
  ["binary that claims 4 GB", [0xc6, 0xff, 0xff, 0xff, 0xff, 0]],
])("%s is refused", (_, bytes) => {
  expect(() => decode(Uint8Array.from(bytes))).toThrow();
});

test("depth is limited both ways", () => {
  const nest = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 0);
  expect(() => decode(encode(nest(MAX_DEPTH)))).not.toThrow();
  expect(() => encode(nest(MAX_DEPTH + 1))).toThrow();
  expect(() => decode(Uint8Array.from([...Array(MAX_DEPTH + 1).fill(0x91), 0]))).toThrow();
  expect(() => decode(new Uint8Array(100_000).fill(0x91))).toThrow();
});

test("a map from the wire reaches no prototype", () => {
  const map = decode(encode(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}'))) as Record<string, unknown>;
  expect(Object.keys(map)).toEqual(["__proto__", "constructor"]);
  expect(["toString", "hasOwnProperty", "polluted"].filter((name) => name in map)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
