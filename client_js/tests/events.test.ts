import { expect, test, vi } from "vitest";
import type { Wire, WireMap } from "../src/codec";
import { click, find, inBody, press, settled, startPage, type } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["div", ["id", "outer", "@click", 0], 1],
  2: ["button", ["id", "inner", "@click", 0], ["span", ["id", "deep"], "x"]],
  3: ["form", ["id", "f", "@submit", 0], ["input", ["name", "title"]], 1],
  4: ["button", ["id", "go", "name", "do", "value", "it", "@submit", 0], "Go"],
  5: ["input", ["id", "field", "@keydown", 0, "@input", 1, "@focus", 2, "@blur", 3]],
  6: ["div", ["id", "timer", "@interval", 0]],
  7: ["div", ["id", "pad", "@pointerdown", 0, "@scroll", 1]],
  8: ["select", ["id", "many", "multiple", true, "@change", 0], ["option", [], "a"], ["option", [], "b"], ["option", [], "c"]],
  9: ["input", ["id", "box", "type", "checkbox", ".checked", 1, "@change", 0]],
  10: ["button", ["id", "reset", "type", "reset", "@click", 0]],
};

test("an event reaches handlers from the inside out, unless one stops it", async () => {
  const page = await startPage(DEFINITIONS, [1, 5, [2, 6]]);
  await click("#deep");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 1, [-4, 0, [6, { s: true }]]]) } });
  await page.calls[0]!.answer();
  await click("#deep");
  await page.calls[0]!.answer();
  expect(page.requests.map((request) => request.h)).toEqual([6, 5, 6]);
});

test("a button with a handler does not send the form that serves browsers without scripts", async () => {
  await startPage(DEFINITIONS, [-1, [2, 6], [10, 7]]);
  const event = new MouseEvent("click", { bubbles: true, cancelable: true });
  find("#deep").dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
  const reset = new MouseEvent("click", { bubbles: true, cancelable: true });
  find("#reset").dispatchEvent(reset);
  expect(reset.defaultPrevented).toBe(false);
});

test("defaults of others are left alone unless the handler says so", async () => {
  const page = await startPage(DEFINITIONS, [1, 5, null]);
  const event = (): MouseEvent => new MouseEvent("click", { bubbles: true, cancelable: true });
  const first = event();
  find("#outer").dispatchEvent(first);
  expect(first.defaultPrevented).toBe(false);
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, [5, { p: true }]]) } });
  const second = event();
  find("#outer").dispatchEvent(second);
  expect(second.defaultPrevented).toBe(true);
});

const submit = (submitter?: string): SubmitEvent => {
  const event = new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter: submitter ? find<HTMLElement>(submitter) : null });
  find("#f").dispatchEvent(event);
  return event;
};

test("a form is sent as its entries, without ours for browsers without scripts", async () => {
  const page = await startPage(DEFINITIONS, [3, 5, [4, null]], {
    before: () => find("#f").insertAdjacentHTML("afterbegin", '<input type="hidden" name="$call" value="sealed">'),
  });
  await type("[name=title]", "hello");
  expect(submit("#go").defaultPrevented).toBe(true);
  await settled();
  expect(page.requests[0]).toMatchObject({ a: [2, 0, 0], h: 5, f: ["title", "hello", "do", "it"] });
  expect(page.requests[0]!.e).toBeUndefined();
});

test("the handler of the button that sends the form wins", async () => {
  const page = await startPage(DEFINITIONS, [3, 5, [4, 8]]);
  expect(submit("#go").defaultPrevented).toBe(true);
  await settled();
  expect(page.requests[0]).toMatchObject({ a: [2, 0, 1, 0], h: 8 });
  expect(page.requests.length).toBe(1);
});

test("a form without a handler is left to the browser", async () => {
  const page = await startPage(DEFINITIONS, [3, null, [4, null]]);
  expect(submit().defaultPrevented).toBe(false);
  await settled();
  expect(page.requests.length).toBe(0);
});

test("files are left out of a form's entries", async () => {
  const page = await startPage({ 1: ["form", ["id", "f", "@submit", 0], ["input", ["type", "file", "name", "file"]], ["input", ["name", "a"]]] }, [1, 1]);
  submit();
  await settled();
  expect(page.requests[0]!.f).toEqual(["a", ""]);
});

test("key filters choose the handler", async () => {
  const filters: WireMap = { Enter: 1, "Ctrl+s": [2, { p: true }], "?": 3, "Ctrl+Shift+K": 4, Space: 5, "Ctrl++": 6, "Shift+ArrowUp": 7 };
  const page = await startPage(DEFINITIONS, [5, filters, null, null, null]);
  page.reply = () => ({});
  const expected: [string, KeyboardEventInit, number | null][] = [
    ["Enter", {}, 1],
    ["Enter", { shiftKey: true }, null],
    ["Enter", { ctrlKey: true }, null],
    ["s", {}, null],
    ["s", { ctrlKey: true }, 2],
    ["S", { ctrlKey: true }, 2],
    ["s", { ctrlKey: true, altKey: true }, null],
    ["s", { ctrlKey: true, shiftKey: true }, null],
    ["?", { shiftKey: true }, 3],
    ["k", { ctrlKey: true, shiftKey: true }, 4],
    [" ", {}, 5],
    ["+", { ctrlKey: true }, 6],
    ["ArrowUp", { shiftKey: true }, 7],
    ["ArrowUp", {}, null],
    ["Enter", { isComposing: true }, null],
  ];
  for (const [key, options, mark] of expected) {
    const before = page.requests.length;
    const event = await press("#field", key, options);
    const call = page.requests[before];
    expect([key, options, call?.h ?? null]).toEqual([key, options, mark]);
    expect(event.defaultPrevented).toBe(mark === 2);
    if (mark === 2) expect(call!.a).toEqual([2, 0, 0, "Ctrl+s"]);
    if (call) expect(call.e).toEqual({ key });
  }
});

test("events carry the fields that their action wants", async () => {
  const page = await startPage(DEFINITIONS, [5, [1, { f: ["code", "repeat", "ctrl", "shift", "alt", "meta", "value", "unknown", "toString"] }], 2, 3, null]);
  page.reply = () => ({});
  await type("#field", "typed");
  await press("#field", "a", { code: "KeyA" });
  expect(page.requests.map((request) => request.e)).toEqual([
    {},
    { value: "typed", checked: false },
    { code: "KeyA", repeat: false, ctrl: false, shift: false, alt: false, meta: false, value: "typed" },
  ]);
});

test("pointer events tell where in the handler's element they are", async () => {
  const page = await startPage(DEFINITIONS, [7, [1, { f: ["x", "y", "client_x", "client_y", "width", "height", "button"] }], null]);
  find("#pad").getBoundingClientRect = () => ({ left: 1, top: 1, width: 1, height: 1 }) as DOMRect;
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue({ left: 10, top: 20, width: 30, height: 40 } as DOMRect);
  find("#pad").dispatchEvent(new MouseEvent("pointerdown", { bubbles: true, clientX: 15, clientY: 22, button: 2 }));
  await settled();
  expect(page.requests[0]!.e).toEqual({ x: 5, y: 2, client_x: 15, client_y: 22, width: 30, height: 40, button: 2 });
});

test("a multiple select tells all its values, a box whether it is ticked", async () => {
  const page = await startPage(DEFINITIONS, [-1, [8, [1, { f: ["values"] }]], [9, 2, null]]);
  const select = find<HTMLSelectElement>("#many");
  select.options[0]!.selected = select.options[2]!.selected = true;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await page.calls[0]?.answer();
  await settled();
  await page.calls[0]?.answer();
  await click("#box");
  expect(page.requests[0]!.e).toEqual({ values: ["a", "c"] });
  expect(page.requests[1]!.e).toEqual({ value: "on", checked: true });
});

test("events that do not bubble reach only their target", async () => {
  const page = await startPage({ 1: ["div", ["@focus", 0], ["input", ["id", "i"]], 1] }, [1, 4, null]);
  find("#i").focus();
  await settled();
  expect(page.requests.length).toBe(0);
});

test("an interval calls until its element goes, skips while unanswered, pauses while hidden", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, [-1, [6, [1, { i: 0.5 }]]]);
  const turn = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    await settled();
  };
  await turn(490);
  expect(page.requests.length).toBe(0);
  await turn(20);
  expect(page.requests.length).toBe(1);
  await turn(5000);
  expect(page.requests.length).toBe(1);
  await page.calls[0]!.answer();
  await turn(500);
  expect(page.requests.length).toBe(2);
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [], [], [], [0, [-4, 0, [1, { i: 0.1 }]]]]) } });
  await turn(110);
  expect(page.requests.length).toBe(3);
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  await page.calls[0]!.answer();
  await turn(1000);
  expect(page.requests.length).toBe(3);
  hidden.mockReturnValue(false);
  await turn(110);
  expect(page.requests.length).toBe(4);
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [0, 1]]) } });
  await turn(1000);
  expect(page.requests.length).toBe(4);
});

test("a new handler of another type is heard", async () => {
  const page = await startPage(DEFINITIONS, [1, 5, null]);
  await click("#outer");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 1, [5, null, null, null, 9]]) } });
  find("#field").focus();
  find("#field").blur();
  await settled();
  expect(page.requests[1]).toMatchObject({ h: 9, a: [2, 0, 1, 3] });
});

test("events that a patch causes are not the person's", async () => {
  const page = await startPage(DEFINITIONS, [1, 5, [5, null, null, 7, 8]]);
  find("#field").focus();
  await settled();
  await page.calls[0]!.answer();
  await click("#outer");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 1, null]) } });
  expect(page.requests.length).toBe(2);
});

test("controls with the names of properties do not mislead a form's events", async () => {
  const names = ["parentNode", "elements", "value", "type", "localName", "matches", "closest", "form", "id", "addEventListener"];
  const definitions: Definitions = { 1: ["form", ["id", "f", "@submit", 0, "@click", 1], 2], 2: ["input", ["name", 0, "value", "x"]] };
  const page = await startPage(definitions, [1, 1, [2, { f: ["value"] }], [-1, ...names.map((name): Wire => [2, name])]]);
  page.reply = () => ({});
  const form = document.querySelector("form")!;
  HTMLElement.prototype.click.call(form);
  form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  await settled();
  expect(page.requests.map((request) => request.h)).toEqual([2, 1]);
  expect(page.requests[0]!.e).toEqual({});
  expect(page.requests[1]!.f).toEqual(names.flatMap((name) => [name, "x"]));
});
