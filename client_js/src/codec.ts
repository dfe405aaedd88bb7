/**
 * The part of MessagePack that our messages are made of: nil, booleans, integers of JavaScript, 64-bit floats,
 * strings, binary, arrays, and maps with string keys. Everything else is refused, and so are messages that are cut,
 * go on after their end, or nest too deep.
 */

export type Wire = null | boolean | number | string | Uint8Array | Wire[] | WireMap;
export interface WireMap {
  [key: string]: Wire;
}

/** Trees nest: three levels of arrays for each element, at most. */
export const MAX_DEPTH = 512;

const refuse = (what: string): never => {
  throw new RangeError("MessagePack: " + what);
};

/** The bytes of a value; undefined entries of maps are left out. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const text = new TextEncoder();

  /** `size` bytes of `n`, big-endian. Division, since shifts end at 32 bits. */
  const number = (n: number, size: number): void => {
    while (size--) bytes.push(Math.floor(n / 256 ** size) % 256);
  };
  /** Type byte and length: `short` up to `limit`, then the codes for 8, 16 and 32 bits (0: there is none). */
  const head = (n: number, short: number, limit: number, code8: number, code16: number): void => {
    if (n < limit) bytes.push(short + n);
    else if (code8 && n < 0x100) bytes.push(code8, n);
    else if (n < 0x10000) bytes.push(code16), number(n, 2);
    else bytes.push(code16 + 1), number(n, 4);
  };
  const integer = (n: number): void => {
    if (n >= 0) {
      if (n > 0xffffffff) bytes.push(0xcf), number(n, 8);
      else head(n, 0, 0x80, 0xcc, 0xcd);
    } else if (n >= -0x20) bytes.push(n + 0x100);
    else if (n >= -0x80) bytes.push(0xd0, n + 0x100);
    else if (n >= -0x8000) bytes.push(0xd1), number(n + 0x10000, 2);
    else if (n >= -0x80000000) bytes.push(0xd2), number(n + 0x100000000, 4);
    // The high word by floor, the low one by remainder: 2^64 + n would lose bits.
    else bytes.push(0xd3), number(Math.floor(n / 2 ** 32) + 2 ** 32, 4), number(n - Math.floor(n / 2 ** 32) * 2 ** 32, 4);
  };
  const write = (item: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) refuse("too deep");
    if (item === null) bytes.push(0xc0);
    else if (typeof item === "boolean") bytes.push(item ? 0xc3 : 0xc2);
    else if (typeof item === "number") {
      if (Number.isSafeInteger(item) && !Object.is(item, -0)) integer(item);
      else {
        bytes.push(0xcb);
        const float = new DataView(new ArrayBuffer(8));
        float.setFloat64(0, item);
        for (let i = 0; i < 8; i++) bytes.push(float.getUint8(i));
      }
    } else if (typeof item === "string") {
      const utf8 = text.encode(item);
      head(utf8.length, 0xa0, 32, 0xd9, 0xda);
      for (const byte of utf8) bytes.push(byte);
    } else if (item instanceof Uint8Array) {
      head(item.length, 0, 0, 0xc4, 0xc5);
      for (const byte of item) bytes.push(byte);
    } else if (Array.isArray(item)) {
      head(item.length, 0x90, 16, 0, 0xdc);
      for (const each of item) write(each, depth + 1);
    } else if (typeof item === "object") {
      const entries = Object.entries(item as object).filter(([, each]) => each !== undefined);
      head(entries.length, 0x80, 16, 0, 0xde);
      for (const [key, each] of entries) write(key, depth + 1), write(each, depth + 1);
    } else refuse("cannot encode " + typeof item);
  };
  write(value, 0);
  return Uint8Array.from(bytes);
}

/** The value that the bytes hold, all of them. Maps have no prototype. */
export function decode(bytes: Uint8Array): Wire {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let at = 0;

  /** Goes on by `size` bytes, which must be there; returns where they begin. */
  const take = (size: number): number => {
    if (size > bytes.length - at) refuse("cut short");
    at += size;
    return at - size;
  };
  const unsigned = (size: number): number => {
    let n = 0;
    for (let i = take(size); i < at; i++) n = n * 256 + bytes[i]!;
    return n;
  };
  const safe = (n: number): number => (Number.isSafeInteger(n) ? n : refuse("integer beyond 2^53"));
  const string = (size: number): string => text.decode(bytes.subarray(take(size), at));
  const array = (size: number, depth: number): Wire[] => {
    if (size > bytes.length - at) refuse("cut short");
    const items: Wire[] = [];
    while (size--) items.push(read(depth));
    return items;
  };
  const map = (size: number, depth: number): WireMap => {
    const result = Object.create(null) as WireMap;
    while (size--) {
      const key = read(depth);
      if (typeof key !== "string" || key in result) return refuse("key is not a string, or comes twice");
      result[key] = read(depth);
    }
    return result;
  };
  const read = (depth: number): Wire => {
    if (depth > MAX_DEPTH) refuse("too deep");
    const type = bytes[take(1)]!;
    if (type < 0x80) return type;
    if (type < 0x90) return map(type - 0x80, depth + 1);
    if (type < 0xa0) return array(type - 0x90, depth + 1);
    if (type < 0xc0) return string(type - 0xa0);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return bytes.slice(take(unsigned(1 << (type - 0xc4))), at);
      case 0xcb:
        return view.getFloat64(take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return safe(unsigned(1 << (type - 0xcc)));
      case 0xd0:
        return view.getInt8(take(1));
      case 0xd1:
        return view.getInt16(take(2));
      case 0xd2:
        return view.getInt32(take(4));
      case 0xd3:
        return safe(Number(view.getBigInt64(take(8))));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return string(unsigned(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return array(unsigned(2 << (type - 0xdc)), depth + 1);
      case 0xde:
      case 0xdf:
        return map(unsigned(2 << (type - 0xde)), depth + 1);
    }
    return refuse("type " + type);
  };

  const value = read(0);
  return at === bytes.length ? value : refuse("more after the end");
}
