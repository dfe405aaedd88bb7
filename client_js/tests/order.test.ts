import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import type { Wire, WireMap } from "../src/codec";
import { DROP, LATEST, PARALLEL, QUEUES } from "../src/protocol";
import { queueOf, seenIn } from "../src/queues";
import { fitOf } from "../src/turns";
import { click, find, inBody, notice, settled, shell, startPage, type } from "./page";
import type { Definitions } from "./reference";

const button = (name: string, slot: number): [string, (string | number)[], string] => ["button", ["type", "button", "id", name, "@click", slot], name];
const DEFINITIONS: Definitions = {
  1: ["p", [], button("a", 0), ["output", [], 1], button("b", 2), ["i", [], 3], button("a2", 4)],
  2: ["input", ["name", "q", ".value", 0, "@input", 1]],
};
const root = document.documentElement;
const bytes = (...numbers: number[]): Uint8Array => new Uint8Array(numbers);
/** Two components: `a` and `a2` belong to the first, `b` to the second. */
const both = (a: string, b: string, first: Wire = 5, other: Wire = 6): Wire => [1, first, a, QUEUES + 5, b, other];
const showA = (text: string): Wire => inBody([-4, 1, text]);
const showB = (text: string): Wire => inBody([-4, 3, text]);
const whole = (a: string, b: string): WireMap => ({ t: [1, DEFINITIONS[1] as Wire, 90, ["html", ["lang", 0], ["head", [], 1], 2], 91, ["body", [], 0]], r: shell(both(a, b)) });
const ids = (list: WireMap[]): string[] => list.map(({ c }) => String(c));
const texts = (): (string | null)[] => [find("output").textContent, find("i").textContent];

const vectors = JSON.parse(readFileSync("../tests/vectors/order.json", "utf8")) as {
  marks: { mark: number | string; seen: number | string; queue: number }[];
  answers: { name: string; version: number; same: boolean; answer: WireMap; fit: string }[];
};
const markOf = (mark: number | string): Wire => (typeof mark === "number" ? mark : bytes(...mark.match(/../g)!.map((pair) => parseInt(pair, 16))));

test.each(vectors.marks)("mark: %j", ({ mark, seen, queue }) => {
  expect(queueOf(markOf(mark))).toBe(queue);
  expect(seenIn(markOf(mark))).toBe(seenIn(markOf(seen)));
});

test.each(vectors.answers)("answer: $name", ({ version, same, answer, fit }) => {
  expect(fitOf(answer, version, same)).toBe(fit);
});

test("calls of two components are under way at the same time, and name each other", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0"));
  await click("#a");
  await click("#b");
  const [first, second] = page.requests as WireMap[] as [WireMap, WireMap];
  expect(first.u).toBeUndefined();
  expect(second.u).toEqual([first.c]);
  await page.calls[1]!.answer({ answer: { b: 1, v: 2, d: showB("1") } });
  expect(texts()).toEqual(["0", "1"]);
  expect(root.dataset.reactor).toBe("busy");
  await page.calls[0]!.answer({ answer: { b: 2, v: 3, d: showA("1") } });
  expect(texts()).toEqual(["1", "1"]);
  expect(root.dataset.reactor).toBeUndefined();
});

test("answers that overtake each other are shown in the order of their versions", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0"));
  await click("#a");
  await click("#b");
  await page.calls[0]!.answer({ answer: { b: 2, v: 3, d: showA("1"), s: bytes(3) } });
  expect(texts()).toEqual(["0", "0"]);
  expect(find("#a").getAttribute("aria-busy")).toBe("true");
  await page.calls[0]!.answer({ answer: { b: 1, v: 2, d: showB("1"), s: bytes(2) } });
  expect(texts()).toEqual(["1", "1"]);
  expect(find("#a").getAttribute("aria-busy")).toBeNull();
  await click("#a");
  expect(page.requests[2]).toMatchObject({ v: 3, s: bytes(3) });
});

test("not more calls than a browser has connections, less one for the way to another page", async () => {
  const many: Definitions = { 1: ["p", [], ...Array.from({ length: 8 }, (_, i) => button("x" + i, i))] };
  const page = await startPage(many, [1, ...Array.from({ length: 8 }, (_, i) => i * QUEUES + 1)]);
  for (let i = 0; i < 8; i++) await click("#x" + i);
  expect(page.requests.length).toBe(5);
  await page.calls[2]!.answer({ answer: { b: 1, v: 2 } });
  expect(page.requests.length).toBe(6);
});

test("a newer call is sent at once, names the one whose place it takes, and both end", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0", [5, { y: LATEST, k: 1 }]));
  await click("#a");
  await click("#a");
  await click("#a");
  const [first, second, third] = page.requests as WireMap[] as [WireMap, WireMap, WireMap];
  expect([first.z, second.z, third.z]).toEqual([undefined, [first.c], [first.c, second.c]]);
  await page.calls[0]!.answer({ status: 409, answer: { e: { c: "superseded", m: "no" } } });
  await page.calls[0]!.answer({ answer: { b: 1, v: 2, d: showA("second") } });
  expect(find("#a").getAttribute("aria-busy")).toBe("true");
  await page.calls[0]!.answer({ answer: { b: 2, v: 3, d: showA("third") } });
  expect(find("output").textContent).toBe("third");
  expect(find("#a").getAttribute("aria-busy")).toBeNull();
  expect(notice()).toBeNull();
  expect(root.dataset.reactor).toBeUndefined();
});

test("a newer call waits for others of its component, and takes the place of one that waits", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0", 5, [6, { y: LATEST, k: 1 }]));
  await click("#a");
  await click("#a2");
  await click("#a2");
  expect(page.requests.length).toBe(1);
  await page.calls[0]!.answer();
  expect(page.requests.length).toBe(2);
  await page.calls[0]!.answer();
  expect(page.requests.length).toBe(2);
});

test("a call is dropped while one of its action is under way", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0", [5, { y: DROP, k: 1 }]));
  await click("#a");
  await click("#a");
  expect(page.requests.length).toBe(1);
  await page.calls[0]!.answer();
  await click("#a");
  expect(page.requests.length).toBe(2);
});

test("parallel calls wait for nothing, and nothing waits for them", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0", [5, { y: PARALLEL, k: 1 }]));
  await click("#a");
  await click("#a");
  await click("#a2");
  expect(page.requests.length).toBe(3);
});

test("what the server made of a state that the page has left is brought together with what is shown", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0"), { sealed: bytes(1) });
  await click("#a");
  await click("#b");
  await page.calls[1]!.answer({ answer: { v: 5000, ...whole("0", "1"), s: bytes(2) } });
  expect(texts()).toEqual(["0", "1"]);
  await page.calls[0]!.answer({ answer: { v: 9000, ...whole("1", "0"), s: bytes(3) } });
  expect(texts()).toEqual(["0", "1"]);
  expect(find("#a").getAttribute("aria-busy")).toBe("true");
  const sync = page.requests[2]!;
  expect(sync.a).toBeUndefined();
  expect(sync).toMatchObject({ s: bytes(2), v: 5000, m: [[bytes(1), bytes(3)]] });
  // What is done meanwhile waits for it.
  await click("#b");
  expect(page.requests.length).toBe(3);
  await page.calls[0]!.answer({ answer: { v: 7000, ...whole("1", "1"), s: bytes(4) } });
  expect(texts()).toEqual(["1", "1"]);
  expect(find("#a").getAttribute("aria-busy")).toBeNull();
  expect(page.requests[3]).toMatchObject({ v: 7000, s: bytes(4) });
});

test("a patch of another lineage goes on from the last version of it that was shown", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0"), { sealed: bytes(1) });
  await click("#a");
  await click("#b");
  await page.calls[1]!.answer({ answer: { b: 1, v: 2, d: showB("1"), s: bytes(2) } });
  await click("#b");
  await page.calls[1]!.answer({ answer: { v: 5000, ...whole("0", "2"), s: bytes(3) } });
  await page.calls[0]!.answer({ answer: { b: 2, v: 3, d: showA("1"), s: bytes(4) } });
  expect(page.requests[3]).toMatchObject({ s: bytes(3), m: [[bytes(2), bytes(4)]] });
});

test("an answer that is contained in what is shown changes nothing", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0"));
  await click("#a");
  await click("#b");
  await page.calls[1]!.answer({ answer: { v: 3, ...whole("1", "1") } });
  await page.calls[0]!.answer({ answer: { b: 1, v: 2, d: showA("old") } });
  expect(texts()).toEqual(["1", "1"]);
  expect(page.requests.length).toBe(2);
  expect(root.dataset.reactor).toBeUndefined();
});

test("one call without an answer does not hold up the others", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, both("0", "0"));
  await click("#a");
  await page.calls[0]!.answer({ response: new TypeError("network") });
  await click("#b");
  await page.calls[0]!.answer({ answer: { b: 1, v: 2, d: showB("1") } });
  expect(texts()).toEqual(["0", "1"]);
  expect(root.dataset.reactor).toBe("retrying");
  await vi.advanceTimersByTimeAsync(700);
  expect(page.requests[2]).toEqual(page.requests[0]);
  await page.calls[0]!.answer({ answer: { b: 2, v: 3, d: showA("1") } });
  expect(texts()).toEqual(["1", "1"]);
  expect(root.dataset.reactor).toBeUndefined();
});

test("each of several calls that were given up is sent again when the person wants it", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, both("0", "0"));
  page.reply = () => ({ response: new TypeError("network") });
  await click("#a");
  await click("#b");
  await vi.advanceTimersByTimeAsync(80_000);
  expect(notice()!.getAttribute("role")).toBe("alert");
  const before = [...new Set(ids(page.requests))];
  expect(before.length).toBe(2);
  let version = 1;
  page.requests.length = 0;
  page.reply = ({ c }) => ({ answer: { b: version, v: ++version, d: String(c) === before[0] ? showA("1") : showB("1") } });
  await click(".reactor-notice button");
  await settled();
  expect([...new Set(ids(page.requests))]).toEqual(before);
  expect(texts()).toEqual(["1", "1"]);
});

test("a mark that has got another number is still the same", async () => {
  const page = await startPage(DEFINITIONS, both("0", "0"));
  await click("#a");
  await click("#a2");
  await page.calls[0]!.answer({ answer: { v: 5000, ...whole("1", "0"), r: shell(both("1", "0", 3 * QUEUES + 5, 3 * QUEUES + 6)) } });
  expect(page.requests[1]).toMatchObject({ h: 3 * QUEUES + 6, v: 5000 });
});

test("typing in one field while a call of another component runs is sent", async () => {
  const page = await startPage(DEFINITIONS, [-1, both("0", "0"), [2, "", 2 * QUEUES + 6]]);
  await click("#a");
  await type("input", "x");
  await type("input", "xy");
  await type("input", "xyz");
  expect(page.requests.length).toBe(2);
  await page.calls[1]!.answer();
  expect((page.requests[2]!.e as WireMap).value).toBe("xyz");
});
