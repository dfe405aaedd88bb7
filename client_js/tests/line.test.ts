// @vitest-environment jsdom
/** The line of a page: what is shown of what comes on it. */

import { beforeEach, expect, test, vi } from "vitest";
import { decode, encode, type WireMap } from "../src/codec";
import { Line, type Page } from "../src/line";

class Socket {
  static readonly OPEN = 1;
  static opened: Socket[] = [];
  readyState = 1;
  sent: WireMap[] = [];
  onopen = (): void => {};
  onmessage = (_: { data: ArrayBuffer }): void => {};
  onclose = (): void => {};
  constructor() {
    Socket.opened.push(this);
  }
  send(bytes: Uint8Array): void {
    this.sent.push(decode(bytes) as WireMap);
  }
  close(): void {
    this.readyState = 3;
  }
  say(frame: WireMap): void {
    const bytes = encode(frame);
    this.onmessage({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  }
}

const first = new Uint8Array([1]);
const second = new Uint8Array([2]);
let view: Uint8Array;
let shown: WireMap[];
let answers: boolean[];
let states: boolean[];
let line: Line;
const last = (): Socket => Socket.opened.at(-1)!;

beforeEach(() => {
  vi.stubGlobal("WebSocket", Socket);
  Socket.opened = [];
  view = first;
  shown = [];
  answers = [];
  states = [];
  const page: Page = {
    path: () => "/",
    position: () => ({ i: view }),
    receive: (frame, isAnswer) => {
      shown.push(frame);
      answers.push(isAnswer);
    },
    sync: () => {},
    show: (isUp) => states.push(isUp),
    encode,
    decode,
    readFrames: () => Promise.resolve(),
  };
  line = new Line("/_reactor/live", page, 20);
  last().onopen();
});

test("what was on its way to the page before is not shown on the one of now", () => {
  last().say({ q: 1, i: first });
  last().say({ b: 1, v: 2 });
  expect(shown).toHaveLength(1);
  view = second;
  line.tell();
  last().say({ b: 2, v: 3 });
  last().say({ q: 1, i: first, b: 1, v: 2 });
  expect(shown).toHaveLength(1);
  last().say({ q: 1, i: second });
  last().say({ b: 1, v: 2 });
  expect(shown).toHaveLength(2);
});

test("a refusal of the page before does not end the line of the one of now", () => {
  last().say({ q: 1, i: first });
  view = second;
  line.tell();
  last().say({ e: { c: "refused" }, i: first });
  last().say({ q: 1, i: second });
  last().say({ b: 1, v: 2 });
  expect(shown).toHaveLength(1);
  expect(states).not.toContain(false);
});

test("a line that was closed is not opened by what happens to the window", () => {
  last().say({ q: 1, i: first });
  line.close();
  document.dispatchEvent(new Event("visibilitychange"));
  dispatchEvent(new Event("online"));
  expect(Socket.opened).toHaveLength(1);
  line.tell();
  expect(Socket.opened).toHaveLength(2);
});

test("of several positions that were told only the answer to the last counts", () => {
  line.tell();
  last().say({ q: 1, i: first, c: 1, v: 2 });
  line.missed();
  expect(answers).toEqual([false]);
  expect(last().sent).toHaveLength(2);
  last().say({ q: 1, i: first, c: 2, v: 3 });
  expect(answers).toEqual([false, true]);
  line.missed();
  expect(last().sent).toHaveLength(3);
});
