/// <reference path="../../reactor/static/reactor.d.ts" />
import { expect, test } from "vitest";
import { base64, click, settled, startPage } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = { 3: ["button", ["id", "go", "@click", 0], "Go"] };
const TOKEN = new Uint8Array([1, 251, 255, 62]);
const REFERENCE = base64(TOKEN).replaceAll("+", "-").replaceAll("/", "_");
const start = async (): ReturnType<typeof startPage> => startPage(DEFINITIONS, [3, [9, { g: TOKEN }]]);

test("a handler that stands alone sends its reference, where it stands and what was seen", async () => {
  const page = await start();
  await click("#go");
  expect(page.requests[0]).toMatchObject({ g: TOKEN, a: [2, 0, 0], h: 9 });
});

test("a script calls an action by its reference, and gets what it returned", async () => {
  const page = await start();
  const result = reactor.call(REFERENCE, { name: "Ada", age: 36 });
  await settled();
  expect(page.requests[0]).toMatchObject({ g: TOKEN, e: { name: "Ada", age: 36 }, x: true });
  expect(page.requests[0]).not.toHaveProperty("a");
  await page.calls[0]!.answer({ answer: { x: { id: 5 } } });
  expect(await result).toEqual({ id: 5 });
});

test("what is wrong is an error with its code, message and fields", async () => {
  const page = await start();
  const result = reactor.call(REFERENCE, { name: "" });
  await settled();
  await page.calls[0]!.answer({ status: 422, answer: { e: { c: "invalid", m: "name: too short", f: { name: "too short" } } } });
  await expect(result).rejects.toMatchObject({ name: "CallError", code: "invalid", fields: { name: "too short" } });
});

test("values that data has no form of are sent in one that Python reads", async () => {
  const page = await start();
  void reactor.call(REFERENCE, {
    when: new Date(Date.UTC(2026, 4, 1)), large: 2n ** 70n, set: new Set([1]), map: new Map([["a", 1.5]]),
    bytes: new Uint8Array([1, 2]).buffer, nothing: undefined, none: null, far: Infinity,
  });
  await settled();
  expect(page.requests[0]!.e).toEqual({
    when: "2026-05-01T00:00:00.000Z", large: "1180591620717411303424", set: [1], map: { a: 1.5 }, bytes: new Uint8Array([1, 2]), none: null, far: Infinity,
  });
});

test("a form's content is sent as its submit would send it", async () => {
  const page = await start();
  const content = new FormData();
  content.append("title", "Tea");
  content.append("$call", "not ours");
  void reactor.call(REFERENCE, content);
  await settled();
  expect(page.requests[0]!.f).toEqual(["title", "Tea"]);
});

test("a file that is no part of a form is refused with what to do", async () => {
  await start();
  expect(() => reactor.call(REFERENCE, { file: new Blob([]) })).toThrow("A file is sent in a FormData.");
});

test("calls of scripts are made one after the other", async () => {
  const page = await start();
  const results = [1, 2].map((number) => reactor.call(REFERENCE, { number }));
  await settled();
  expect(page.requests.map(({ e }) => e)).toEqual([{ number: 1 }]);
  await page.calls[0]!.answer({ answer: { x: "one" } });
  await page.calls[0]!.answer({ answer: { x: "two" } });
  expect(await Promise.all(results)).toEqual(["one", "two"]);
});
