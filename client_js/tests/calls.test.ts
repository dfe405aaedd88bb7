import { expect, test, vi } from "vitest";
import { encode, type Wire } from "../src/codec";
import { KEYED, MEDIA_TYPE } from "../src/protocol";
import { click, find, inBody, notice, settled, shell, startPage, type } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["p", [], ["button", ["type", "button", "id", "count", "@click", 0], "Count"], ["output", [], 1], ["button", ["type", "button", "id", "more", "@click", 2], "More"]],
  2: ["input", ["name", "q", ".value", 0, "@input", 1]],
  3: ["ul", [], 0],
  4: ["li", [], ["button", ["id", 0, "@click", 1], "x"]],
};
const counter = (count: string, mark: Wire = 5): Wire => [1, mark, count, 8];
const count = (to: string): Wire => inBody([-4, 1, to]);
const rows = (keys: string[]): Wire => [3, [KEYED, keys, ...keys.map((key): Wire => [4, "row-" + key, 9])]];
const root = document.documentElement;

test("a click is a call, and its answer a patch", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  expect(root.dataset.reactorAdopted).toBe("true");
  const events: unknown[] = [];
  document.addEventListener("reactor:patch", (event) => events.push((event as CustomEvent).detail));
  await click("#count");
  expect(root.dataset.reactor).toBe("busy");
  const { c, ...request } = page.requests[0]!;
  expect((c as Uint8Array).length).toBe(16);
  expect(JSON.parse(JSON.stringify(request))).toEqual({ p: 1, i: { 0: 7 }, v: 1, a: [2, 0, 0], h: 5, e: {}, s: { 0: 1, 1: 2, 2: 3 } });
  await page.calls[0]!.answer({ answer: { d: count("1"), s: new Uint8Array([9]) } });
  expect(find("output").textContent).toBe("1");
  expect(root.dataset.reactor).toBeUndefined();
  expect(events).toEqual([{ version: 2, status: 200 }]);
  await click("#count");
  expect(page.requests[1]).toMatchObject({ v: 2, s: new Uint8Array([9]) });
});

test("calls go out one after the other", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await click("#more");
  expect(page.requests.length).toBe(1);
  await page.calls[0]!.answer({ answer: { d: count("1") } });
  expect(page.requests.length).toBe(2);
  expect(page.requests[1]!.v).toBe(2);
  expect(page.requests[1]!.c).not.toEqual(page.requests[0]!.c);
});

test("of calls of the same input that wait only the last is sent", async () => {
  const page = await startPage(DEFINITIONS, [-1, counter("0"), [2, "", 6]]);
  await click("#count");
  await type("input", "a");
  await type("input", "ab");
  await click("#more");
  await type("input", "abc");
  for (let i = 0; i < 4; i++) await page.calls[0]!.answer();
  expect(page.requests.map((request) => (request.e as { value?: string }).value)).toEqual([undefined, "ab", undefined, "abc"]);
});

test("a delta from another version is dropped and a sync asked for", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ answer: { b: 5, v: 6, d: count("9") } });
  expect(find("output").textContent).toBe("0");
  expect(Object.keys(page.requests[1]!)).not.toContain("a");
  await page.calls[0]!.answer({ answer: { v: 7, t: [1, DEFINITIONS[1] as Wire, 90, ["html", ["lang", 0], ["head", [], 1], 2], 91, ["body", [], 0]], r: shell(counter("9")) } });
  expect(find("output").textContent).toBe("9");
  await click("#count");
  expect(page.requests[2]!.v).toBe(7);
});

test("a delta that does not fit is followed by a sync, which mends", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [0, 3]]) } });
  await page.calls[0]!.answer({ answer: { t: [1, DEFINITIONS[1] as Wire, 90, ["html", ["lang", 0], ["head", [], 1], 2], 91, ["body", [], 0]], r: shell(counter("3")) } });
  expect(find("output").textContent).toBe("3");
  await click("#count");
  expect(page.requests.at(-1)!.a).toEqual([2, 0, 0]);
});

test("a sync that cannot be applied is told, once", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const page = await startPage(DEFINITIONS, counter("0"));
  page.reply = () => ({ answer: { r: [12345] } });
  await click("#count");
  await settled();
  expect(page.requests.length).toBe(2);
  expect(notice()!.getAttribute("role")).toBe("alert");
});

test("a large state is sent only when it is asked for, with the same call id", async () => {
  const sealed = new Uint8Array(2000);
  const page = await startPage(DEFINITIONS, counter("0"), { sealed });
  await click("#count");
  expect(page.requests[0]!.s).toBeUndefined();
  await page.calls[0]!.answer({ status: 409, answer: { e: { c: "state", m: "Send the state" } } });
  expect(page.requests[1]!.s).toEqual(sealed);
  expect(page.requests[1]!.c).toEqual(page.requests[0]!.c);
  await page.calls[0]!.answer({ answer: { d: count("1") } });
  expect(find("output").textContent).toBe("1");
});

test("without an answer the call is sent again, with the same id, and what waits keeps its order", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ response: new TypeError("network") });
  expect(root.dataset.reactor).toBe("retrying");
  await click("#more");
  expect(page.requests.length).toBe(1);
  await vi.advanceTimersByTimeAsync(700);
  await page.calls[0]!.answer({ response: new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "Content-Type": "text/html" } }) });
  await vi.advanceTimersByTimeAsync(1300);
  await page.calls[0]!.answer({ answer: { d: count("1") } });
  await page.calls[0]!.answer({ answer: { d: count("2") } });
  const ids = page.requests.map((request) => String(request.c));
  expect(ids.length).toBe(4);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(ids[3]).not.toBe(ids[0]);
  expect(find("output").textContent).toBe("2");
  expect(root.dataset.reactor).toBeUndefined();
});

test("a call that comes too often is sent again with the same id after the time that the server says", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, counter("0"));
  const often = (code: string, after?: string): Response =>
    new Response(encode({ e: { c: code, m: "Too often" } }), { status: 429, headers: { "Content-Type": MEDIA_TYPE, ...(after ? { "Retry-After": after } : {}) } });
  await click("#count");
  await page.calls[0]!.answer({ response: often("rate", "3") });
  expect(root.dataset.reactor).toBe("retrying");
  expect(notice()).toBeNull();
  await vi.advanceTimersByTimeAsync(2990);
  expect(page.requests.length).toBe(1);
  await vi.advanceTimersByTimeAsync(800);
  expect(page.requests.length).toBe(2);
  // A server that says nothing, or something that cannot be meant, is asked soon; none is waited for without end.
  await page.calls[0]!.answer({ response: often("rate", "soon") });
  await vi.advanceTimersByTimeAsync(1300);
  await page.calls[0]!.answer({ response: often("rate", "1e9") });
  await vi.advanceTimersByTimeAsync(37_600);
  await page.calls[0]!.answer({ answer: { d: count("1") } });
  expect(page.requests.length).toBe(4);
  expect(new Set(page.requests.map((request) => String(request.c))).size).toBe(1);
  expect(find("output").textContent).toBe("1");
  // What an action says of itself is told to the person.
  await click("#count");
  await page.calls[0]!.answer({ response: often("refused", "3") });
  expect(notice()?.textContent).toContain("Too often");
  expect(page.requests.length).toBe(5);
});

test("when the network is back it is tried at once", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ response: new TypeError("network") });
  window.dispatchEvent(new Event("online"));
  await settled();
  expect(page.requests.length).toBe(2);
});

test("after a minute the person is told, and a button goes on where it stopped", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, counter("0"));
  page.reply = () => ({ response: new TypeError("network") });
  await click("#count");
  await vi.advanceTimersByTimeAsync(70_000);
  const tries = page.requests.length;
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThanOrEqual(10);
  expect(notice()!.getAttribute("role")).toBe("alert");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(page.requests.length).toBe(tries);
  page.reply = () => ({ answer: { d: count("1") } });
  await click(".reactor-notice button");
  await settled();
  expect(String(page.requests.at(-1)!.c)).toBe(String(page.requests[0]!.c));
  expect(find("output").textContent).toBe("1");
  expect(notice()).toBeNull();
});

test.each([400, 401, 403, 404, 500, 302])("an answer of another sort with status %i is told and not repeated", async (status) => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ response: new Response("<h1>no</h1>", { status, headers: { "Content-Type": "text/html" } }) });
  expect(notice()!.getAttribute("role")).toBe("alert");
  expect(page.requests.length).toBe(1);
  await click("#count");
  expect(page.requests.length).toBe(2);
});

test("an answer that is cut is told, and the tree asked for", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ response: new Response(new Uint8Array([0x82, 0xa1]), { headers: { "Content-Type": "application/x-reactor" } }) });
  expect(notice()).not.toBeNull();
  expect(page.requests.length).toBe(2);
  expect(page.requests[1]!.a).toBeUndefined();
});

test("an error without a tree is told in its own words", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ status: 500, answer: { e: { c: "failed", m: "<b>It broke</b>" } } });
  expect(notice()!.textContent).toContain("<b>It broke</b>");
  expect(notice()!.querySelector("b")).toBeNull();
});

test("an error that the tree shows is not told twice", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ status: 422, answer: { b: 1, v: 2, d: count("wrong"), e: { c: "invalid", m: "Invalid" } } });
  expect(find("output").textContent).toBe("wrong");
  expect(notice()).toBeNull();
});

test("what was clicked has changed: the page shows it and says so", async () => {
  const page = await startPage(DEFINITIONS, counter("10"));
  await click("#count");
  const t: Wire = [1, DEFINITIONS[1] as Wire, 90, ["html", ["lang", 0], ["head", [], 1], 2], 91, ["body", [], 0]];
  await page.calls[0]!.answer({ status: 409, answer: { t, r: shell(counter("12")), e: { c: "changed", m: "The price has changed" } } });
  expect(find("output").textContent).toBe("12");
  expect(notice()!.getAttribute("role")).toBe("status");
  expect(notice()!.textContent).toContain("The price has changed");
});

test("an address to go to is gone to, unless it is a script", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ answer: { l: "javascript:document.title='owned'" } });
  expect(document.title).not.toBe("owned");
  await click("#count");
  await page.calls[0]!.answer({ answer: { l: "#there" } });
  expect(location.hash).toBe("#there");
  history.replaceState(null, "", "/");
});

test("a sentence for the person is shown as a status, and goes", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, counter("0"));
  await click("#count");
  await page.calls[0]!.answer({ answer: { n: "Saved" } });
  expect(notice()!.getAttribute("role")).toBe("status");
  expect(notice()!.textContent).toContain("Saved");
  await vi.advanceTimersByTimeAsync(9000);
  expect(notice()).toBeNull();
});

test("a handler that is gone or changed when its turn comes is not called, and the person is told", async () => {
  const page = await startPage(DEFINITIONS, [-1, counter("0"), rows(["a", "b"])]);
  await click("#count");
  await click("#row-a");
  await click("#row-b");
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [], [], [], [1, [-4, 0, [-5, [0, 1]]]]]) } });
  expect(notice()!.textContent).toContain("changed");
  expect(page.requests.length).toBe(2);
  expect(page.requests[1]!.a).toEqual([2, 0, 1, 0, "b", 1]);
  await click("#count");
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [], [], [], [0, [-4, 0, 77]]]) } });
  expect(page.requests.length).toBe(2);
});

test("marks with arguments are compared by their bytes", async () => {
  const page = await startPage(DEFINITIONS, counter("0", new Uint8Array([1, 2])));
  await click("#more");
  await click("#count");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, new Uint8Array([1, 2])]) } });
  expect(page.requests.length).toBe(2);
  expect(page.requests[1]!.h).toEqual(new Uint8Array([1, 2]));
});

test("a page that cannot be adopted asks for its tree, quietly", async () => {
  const page = await startPage(DEFINITIONS, counter("0"), { markup: "<p>something else</p>" });
  expect(root.dataset.reactorAdopted).toBe("false");
  expect(page.requests[0]!.a).toBeUndefined();
  await page.calls[0]!.answer({ answer: { t: [1, DEFINITIONS[1] as Wire, 90, ["html", ["lang", 0], ["head", [], 1], 2], 91, ["body", [], 0]], r: shell(counter("4")) } });
  expect(find("output").textContent).toBe("4");
  expect(document.body.textContent).not.toContain("something else");
  expect(notice()).toBeNull();
});

test("a page that is left can be gone on with", async () => {
  const page = await startPage(DEFINITIONS, counter("0"));
  history.replaceState({ mine: 1 }, "");
  await click("#count");
  await page.calls[0]!.answer({ answer: { d: count("1"), s: new Uint8Array([4]) } });
  window.dispatchEvent(new Event("pagehide"));
  expect(history.state).toMatchObject({ mine: 1, reactor: { id: new Uint8Array([7]), version: 2, sealed: new Uint8Array([4]) } });

  vi.spyOn(performance, "getEntriesByType").mockReturnValue([{ type: "back_forward" }] as never);
  const again = await startPage(DEFINITIONS, counter("0"));
  expect(again.requests[0]).toMatchObject({ v: 2, s: new Uint8Array([4]) });
  expect(again.requests[0]!.a).toBeUndefined();
  await again.calls[0]!.answer({ status: 400, answer: { e: { c: "forged", m: "no" } } });
  expect(notice()).toBeNull();
  await click("#count");
  expect(again.requests[1]).toMatchObject({ v: 1, s: new Uint8Array([1, 2, 3]) });
  history.replaceState(null, "");
});

test("words of the application replace ours", async () => {
  const page = await startPage(DEFINITIONS, counter("0"), { options: { texts: { failed: "Das ging nicht." } } });
  await click("#count");
  await page.calls[0]!.answer({ response: new Response("", { status: 500 }) });
  expect(notice()!.textContent).toContain("Das ging nicht.");
});
