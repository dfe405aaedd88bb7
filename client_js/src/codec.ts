/**
 * The part of MessagePack that our messages are made of: nil, booleans, integers of JavaScript, floats,
 * strings, binary, arrays, and maps with string keys. Everything else is refused, and so are messages that are cut,
 * go on after their end, or nest too deep.
 */

export type Wire = null | boolean | number | string | Uint8Array | Wire[] | WireMap;
export interface WireMap {
  [key: string]: Wire;
}

/** Trees nest: three levels of arrays for each element, at most. */
export const MAX_DEPTH = 512;

/** Texts of fewer bytes are read one by one. */
const SHORT = 32;
/** By length: the bytes of such a text. */
const codes: number[][] = [];

/** What maps are made by. They have no names but their own, and take less than objects without a prototype. */
const Bare = function () {} as unknown as new () => WireMap;
Bare.prototype = Object.create(null) as WireMap;

const refuse = (): never => {
  throw new RangeError("not MessagePack as we use it");
};

/** The bytes of a value; undefined entries of maps are left out. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];

  /** The lowest `size` bytes of an integer. */
  const number = (n: number, size: number): void => {
    while (size--) bytes.push(Math.floor(n / 256 ** size) & 0xff);
  };
  /** Type byte and length: `short` up to `limit`, then the codes for 8 (if there is one), 16 and 32 bits. */
  const head = (n: number, short: number, limit: number, code16: number, code8?: number): void => {
    const size = n < limit ? 0 : code8 && n < 0x100 ? 1 : n < 0x10000 ? 2 : 4;
    bytes.push([short + n, code8!, code16, 0, code16 + 1][size]!);
    number(n, size);
  };
  const write = (item: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) refuse();
    if (item === null) bytes.push(0xc0);
    else if (typeof item === "boolean") bytes.push(item ? 0xc3 : 0xc2);
    else if (typeof item === "number") {
      if (!Number.isSafeInteger(item) || Object.is(item, -0)) bytes.push(0xcb, ...new Uint8Array(new Float64Array([item]).buffer).reverse());
      else if (item >= -0x20 && item < 0x80) bytes.push(item & 0xff);
      else {
        // The codes for 8 to 64 bits follow each other; a signed number needs one bit more.
        const power = [7, 15, 31, 63].findIndex((bits) => (item < 0 ? -item <= 2 ** bits : item < 2 ** (bits + 1)));
        bytes.push((item < 0 ? 0xd0 : 0xcc) + power), number(item, 1 << power);
      }
    } else if (typeof item === "string") {
      const utf8 = new TextEncoder().encode(item);
      head(utf8.length, 0xa0, 32, 0xda, 0xd9);
      for (const byte of utf8) bytes.push(byte);
    } else if (item instanceof Uint8Array) {
      head(item.length, 0, 0, 0xc5, 0xc4);
      for (const byte of item) bytes.push(byte);
    } else if (Array.isArray(item)) {
      head(item.length, 0x90, 16, 0xdc);
      for (const each of item) write(each, depth + 1);
    } else if (typeof item === "object") {
      const entries = Object.entries(item as object).filter(([, each]) => each !== undefined);
      head(entries.length, 0x80, 16, 0xde);
      for (const each of entries.flat()) write(each, depth + 1);
    } else refuse();
  };
  write(value, 0);
  return Uint8Array.from(bytes);
}

/** The value that the bytes hold, all of them. Maps inherit nothing. */
export function decode(bytes: Uint8Array): Wire {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let at = 0;

  /** Goes on by `size` bytes, which must be there; returns where they begin. */
  const take = (size: number): number => {
    if (size > bytes.length - at) refuse();
    at += size;
    return at - size;
  };
  /** An integer of 2 ** `power` bytes. What is beyond 2^53 loses bits, but never comes back below it. */
  const integer = (power: number, isSigned = false): number => {
    const first = bytes[take(1)]!;
    let n = isSigned ? (first << 24) >> 24 : first;
    for (let i = take((1 << power) - 1); i < at; i++) n = n * 256 + bytes[i]!;
    return Number.isSafeInteger(n) ? n : refuse();
  };
  const string = (size: number): string => {
    const start = take(size);
    // Most texts are short ones in ASCII, for which the decoder takes longer to be called than to work.
    const short = (codes[size < SHORT ? size : 0] ??= new Array<number>(size < SHORT ? size : 0));
    let i = 0;
    while (i < short.length && (short[i] = bytes[start + i]!) < 0x80) i++;
    return i === size ? String.fromCharCode(...short) : text.decode(bytes.subarray(start, at));
  };
  /** Values one after the other; each takes a byte at least. */
  const values = (count: number, depth: number): Wire[] => {
    if (count > bytes.length - at) refuse();
    // An array that grows takes more than it needs.
    const list = new Array<Wire>(count);
    for (let i = 0; i < count; i++) list[i] = read(depth + 1);
    return list;
  };
  const map = (count: number, depth: number): WireMap => {
    const result = new Bare();
    if (2 * count > bytes.length - at) refuse();
    while (count--) {
      const key = read(depth + 1);
      if (typeof key !== "string" || key in result) return refuse();
      result[key] = read(depth + 1);
    }
    return result;
  };
  const read = (depth: number): Wire => {
    if (depth > MAX_DEPTH) refuse();
    const type = bytes[take(1)]!;
    if (type < 0x80) return type;
    if (type < 0x90) return map(type & 0xf, depth);
    if (type < 0xa0) return values(type & 0xf, depth);
    if (type < 0xc0) return string(type & 0x1f);
    if (type > 0xdf) return type - 0x100;
    if (type === 0xc0) return null;
    if (type === 0xc2 || type === 0xc3) return type > 0xc2;
    // Codes of one kind follow each other, from the smallest size to the largest.
    if (type > 0xdd) return map(integer(type - 0xdd), depth);
    if (type > 0xdb) return values(integer(type - 0xdb), depth);
    if (type > 0xd8) return string(integer(type - 0xd9));
    if (type > 0xcf && type < 0xd4) return integer(type - 0xd0, true);
    if (type > 0xcb && type < 0xd0) return integer(type - 0xcc);
    if (type === 0xcb) return view.getFloat64(take(8));
    if (type === 0xca) return view.getFloat32(take(4));
    if (type > 0xc3 && type < 0xc7) return bytes.slice(take(integer(type - 0xc4)), at);
    return refuse();
  };

  const value = read(0);
  return at === bytes.length ? value : refuse();
}

export const isMap = (value: Wire | undefined): value is WireMap =>
  !!value && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Bytes from base64, also in its form for addresses. */
export const fromText = (text: string): Uint8Array => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
