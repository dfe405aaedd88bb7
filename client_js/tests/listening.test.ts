import { expect, test, vi } from "vitest";
import type { Wire, WireMap } from "../src/codec";
import { click, find, inBody, press, settled, startPage, type } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["div", ["id", "outer", "@click", 0], ["button", ["id", "inner", "type", "button"]]],
  2: ["input", ["id", "field", "@input", 0, "@keydown", 1]],
  3: ["form", ["id", "f", "@submit", 0], ["input", ["id", "other", "name", "a"]]],
  4: ["p", ["id", 0, "@mount", 1, "@clickoutside", 2, "@keydown", 3, "@resize", 4]],
};
const outer = (options: WireMap): Wire => [1, [5, options]];
const field = (options: WireMap): Wire => [2, [6, options], null];
const submit = async (): Promise<void> => {
  find("#f").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  await settled();
};
const pass = async (milliseconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settled();
};
const start = async (content: Wire): ReturnType<typeof startPage> => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, content);
  page.reply = () => ({});
  return page;
};

test("a handler for once is heard once", async () => {
  const page = await start(outer({ o: true }));
  await click("#inner");
  await click("#inner");
  expect(page.requests.length).toBe(1);
});

test("a handler for the element alone does not hear those within", async () => {
  const page = await start(outer({ q: true, s: true }));
  await click("#inner");
  expect(page.requests.length).toBe(0);
  await click("#outer");
  expect(page.requests.length).toBe(1);
});

test("a question must be answered with yes", async () => {
  const page = await start(outer({ c: "Sure?", o: true }));
  const confirm = vi.fn().mockReturnValueOnce(false).mockReturnValueOnce(true);
  vi.stubGlobal("confirm", confirm);
  await click("#inner");
  expect(page.requests.length).toBe(0);
  await click("#inner");
  expect(page.requests.length).toBe(1);
  await click("#inner");
  expect(confirm.mock.calls).toEqual([["Sure?"], ["Sure?"]]);
});

test("a debounced handler waits until there is quiet", async () => {
  const page = await start(field({ d: 0.3 }));
  await type("#field", "a");
  await pass(290);
  await type("#field", "ab");
  await pass(290);
  expect(page.requests.length).toBe(0);
  await pass(20);
  expect(page.requests.map(({ e }) => (e as WireMap).value)).toEqual(["ab"]);
});

test.each(["submit", "blur", "pagehide"])("what waits is not held up by %s", async (what) => {
  const page = await start([-1, field({ d: 9 }), [3, 7]]);
  await type("#field", "a");
  if (what === "submit") await submit();
  else if (what === "blur") find("#field").blur();
  else window.dispatchEvent(new Event(what));
  await settled();
  expect(page.requests.map(({ h }) => h)).toEqual(what === "submit" ? [6, 7] : [6]);
  await pass(10_000);
  expect(page.requests.length).toBe(what === "submit" ? 2 : 1);
});

test("what waits goes with its element", async () => {
  const page = await start([-1, field({ d: 0.3 }), outer({})]);
  page.reply = ({ h }) => (h === 5 ? { answer: { d: inBody([-5, [0, 1]]) } } : {});
  await type("#field", "a");
  find("#field").addEventListener("blur", (event) => event.stopImmediatePropagation());
  await click("#inner");
  await pass(1000);
  expect(page.requests.map(({ h }) => h)).toEqual([5]);
});

test("a throttled handler is heard at once, then at most so often, the last one too", async () => {
  const page = await start(field({ t: 0.3 }));
  for (const text of ["a", "ab", "abc"]) await type("#field", text);
  expect(page.requests.length).toBe(1);
  await pass(310);
  expect(page.requests.map(({ e }) => (e as WireMap).value)).toEqual(["a", "abc"]);
  await type("#field", "abcd");
  expect(page.requests.length).toBe(2);
  await pass(310);
  expect(page.requests.length).toBe(3);
  await pass(310);
  await type("#field", "x");
  expect(page.requests.length).toBe(4);
});

test("a form that is not to be reset keeps what was typed", async () => {
  for (const r of [true, false]) {
    await start([3, [7, { r }]]);
    await type("#other", "typed");
    await submit();
    expect(find<HTMLInputElement>("#other").value).toBe(r ? "" : "typed");
  }
});

test("handlers on the window or document hear what happens anywhere, while their element is there", async () => {
  const page = await start([-1, [4, "w", null, null, { Escape: [1, { w: "window" }] }, [3, { w: "window" }]], [4, "d", null, null, [2, { w: "document" }], [4, { w: "document" }]], [2, null, [9, {}]], outer({})]);
  await press("#field", "Escape");
  expect(page.requests.map(({ h, a }) => [h, ...(a as Wire[])])).toEqual([
    [9, 2, 0, 2, 1],
    [1, 2, 0, 0, 3, "Escape"],
    [2, 2, 0, 1, 3],
  ]);
  window.dispatchEvent(new Event("resize"));
  await settled();
  expect(page.requests.slice(3).map(({ h }) => h)).toEqual([3]);
  page.reply = () => ({ answer: { d: inBody([-5, [0, 2]]) } });
  await click("#inner");
  page.reply = () => ({});
  await press("#field", "Escape");
  expect(page.requests.slice(5).map(({ h }) => h)).toEqual([9]);
});

test("an element tells that it is there, once, and of clicks that are not in it", async () => {
  const page = await start([-1, outer({}), [4, "p", 1, 2, null, null]]);
  expect(page.requests.map(({ h }) => h)).toEqual([1]);
  await page.calls[0]!.answer();
  await click("#p");
  expect(page.requests.length).toBe(1);
  page.reply = ({ h }) => (h === 2 ? { answer: { d: inBody([-5, [], [], [2, null, [4, "new", 3, null, null, null]]]) } } : {});
  await click("#inner");
  await settled();
  expect(page.requests.map(({ h }) => h)).toEqual([1, 5, 2, 3]);
});
