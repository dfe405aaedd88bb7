import { expect, test } from "vitest";
import type { Wire } from "../src/codec";
import { click, find, inBody, settled, startPage, type } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["button", ["id", "go", "type", "button", "@click", 0], "Go"],
  2: ["input", ["id", "text", ".value", 0, "@input", 1]],
  3: ["input", ["id", "box", "type", "checkbox", ".checked", 0, "@change", 1]],
  4: ["select", ["id", "list", ".value", 0, "@change", 1], 2],
  5: ["option", ["value", 0], 1],
  6: ["form", ["id", "f", "@submit", 0], 1],
  7: ["textarea", ["id", "area", ".value", 0]],
  8: ["input", ["type", "radio", "name", "r", "id", 0, ".checked", 1, "@change", 2]],
  9: ["input", ["id", "plain", "name", "plain", "value", "given"]],
};
const field = (selector = "#text"): HTMLInputElement => find<HTMLInputElement>(selector);
/** Item `index` of the body's list: these slots change. */
const at = (index: number, ...changes: Wire[]): Wire => inBody([-5, [], [], [], [index, [-4, ...changes]]]);
const start = (...items: Wire[]) => startPage(DEFINITIONS, [-1, [1, 9], ...items]);

test("a value of the tree is shown, and is what a reset goes back to", async () => {
  const page = await start([2, "old", null]);
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "new") } });
  expect([field().value, field().defaultValue]).toEqual(["new", "new"]);
});

test("text typed before the call was sent gives way to the server's value", async () => {
  const page = await start([2, "old", null]);
  await type("#text", "mine");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "theirs") } });
  expect(field().value).toBe("theirs");
});

test.each([true, false])("text typed after the call was sent wins (focused: %s)", async (focused) => {
  const page = await start([2, "old", null]);
  await click("#go");
  await type("#text", "mine");
  if (!focused) field().blur();
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "theirs") } });
  expect([field().value, field().defaultValue]).toEqual(["mine", "theirs"]);
  field().blur();
  expect(field().value).toBe("mine");
});

test("a value that wins is shown at once", async () => {
  const page = await start([2, "old", null]);
  await click("#go");
  await type("#text", "mine");
  await page.calls[0]!.answer({ answer: { w: true, d: at(1, 0, "theirs") } });
  expect(field().value).toBe("theirs");
});

test("a field that was not touched is not touched", async () => {
  const page = await start([2, "old", null]);
  await type("#text", "mine");
  await click("#go");
  await page.calls[0]!.answer();
  expect(field().value).toBe("mine");
});

test("after its own call a field shows the tree's value, if nothing was typed since", async () => {
  const page = await start([2, "", 5]);
  await type("#text", "abc");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "ABC") } });
  expect(field().value).toBe("ABC");
  await type("#text", "ABCd");
  await page.calls[0]!.answer();
  expect(field().value).toBe("ABC");
});

test("while one types ahead nothing is lost, and in the end the server has spoken", async () => {
  const page = await start([2, "", 5]);
  await type("#text", "a");
  await type("#text", "ab");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "A") } });
  expect(field().value).toBe("ab");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "AB") } });
  expect(field().value).toBe("AB");
});

test("a value held back is shown on blur once the edit has been delivered", async () => {
  const page = await start([2, "", null], [6, 3, [9]]);
  await click("#go");
  await type("#text", "mine");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "theirs") } });
  expect(field().value).toBe("mine");
  field().form ?? field().blur();
  expect(field().value).toBe("mine");
});

test("caret and selection stay, as far as they fit", async () => {
  const page = await start([2, "", null]);
  await type("#text", "hello world");
  field().setSelectionRange(2, 9);
  await click("#go");
  field().focus();
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "HELLO") } });
  expect([field().selectionStart, field().selectionEnd]).toEqual([2, 5]);
});

test("a value that is shown already is not written", async () => {
  const page = await start([2, "", 5]);
  await type("#text", "abc");
  let writes = 0;
  const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!;
  Object.defineProperty(field(), "value", { get: own.get!, set: (value) => (writes++, own.set!.call(field(), value)), configurable: true });
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "abc") } });
  expect(writes).toBe(0);
  expect(field().defaultValue).toBe("abc");
});

test("while an input method composes nothing is written", async () => {
  const page = await start([2, "", null]);
  await click("#go");
  field().dispatchEvent(new Event("compositionstart", { bubbles: true }));
  field().value = "に";
  await page.calls[0]!.answer({ answer: { w: true, d: at(1, 0, "theirs") } });
  expect(field().value).toBe("に");
  field().dispatchEvent(new Event("compositionend", { bubbles: true }));
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "theirs again") } });
  expect(field().value).toBe("theirs again");
});

test("a box that the server refuses to tick is as the tree says", async () => {
  const page = await start([3, null, 5]);
  await click("#box");
  expect(page.requests[0]!.e).toEqual({ value: "on", checked: true });
  await page.calls[0]!.answer();
  expect(field("#box").checked).toBe(false);
  await click("#box");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, true) } });
  expect([field("#box").checked, field("#box").defaultChecked]).toEqual([true, true]);
});

test("of radio buttons the server may choose another", async () => {
  const page = await start([8, "one", true, 1], [8, "two", null, 2]);
  field("#two").click();
  await settled();
  await page.calls[0]!.answer();
  expect([field("#one").checked, field("#two").checked]).toEqual([true, false]);
  await click("#go");
  field("#two").click();
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [], [], [], [1, [-4, 1, null], 2, [-4, 1, true]]]) } });
  expect([field("#one").checked, field("#two").checked]).toEqual([false, true]);
});

const options = (...names: string[]): Wire => [-1, ...names.map((name): Wire => [5, name, name.toUpperCase()])];

test("a select shows the tree's value, also when its option comes later", async () => {
  const page = await startPage(DEFINITIONS, [-1, [1, 9], [4, "b", null, options("a", "b", "c")]], {
    before: () => {
      const option = document.querySelectorAll("option")[1]!;
      option.defaultSelected = option.selected = true;
    },
  });
  const select = find<HTMLSelectElement>("#list");
  expect(select.value).toBe("b");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "c") } });
  expect(select.value).toBe("c");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "z", 2, options("x", "y", "z")) } });
  expect(select.value).toBe("z");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 2, options("x", "y", "w", "z")) } });
  expect(select.value).toBe("z");
  select.value = "y";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 2, options("x", "y", "z")) } });
  expect(select.value).toBe("y");
});

test("a choice that the server did not take goes back to the tree's, among new options too", async () => {
  const page = await start([4, "a", 5, options("a", "b")]);
  const select = find<HTMLSelectElement>("#list");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "b") } });
  select.value = "a";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
  await page.calls[0]!.answer({ answer: { d: at(1, 2, options("b", "a", "c")) } });
  expect(select.value).toBe("b");
});

test("an option chosen since the call was sent stays", async () => {
  const page = await start([4, null, null, options("a", "b", "c")]);
  const select = find<HTMLSelectElement>("#list");
  await click("#go");
  select.value = "b";
  select.dispatchEvent(new Event("input", { bubbles: true }));
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "c") } });
  expect(select.value).toBe("b");
  expect(select.options[2]!.defaultSelected).toBe(true);
});

const send = async (): Promise<void> => {
  find("#f").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  await settled();
};

test("after a form's call its untouched fields are as rendered; what was typed since stays", async () => {
  const page = await start([6, 3, [-1, [2, "", null], [9], [7, "text", ], [3, true, null]]]);
  await type("#text", "sent");
  await type("#plain", "sent");
  await type("#area", "sent");
  field("#box").click();
  await send();
  await type("#text", "next");
  await page.calls[0]!.answer();
  expect([field().value, field("#plain").value, field("#area").value, field("#box").checked]).toEqual(["next", "given", "text", true]);
});

test("after an error a form keeps everything", async () => {
  const page = await start([6, 3, [-1, [2, "", null], [9]]]);
  await type("#text", "sent");
  await type("#plain", "sent");
  await send();
  await page.calls[0]!.answer({ status: 422, answer: { e: { c: "invalid", m: "No" } } });
  expect([field().value, field("#plain").value]).toEqual(["sent", "sent"]);
});

test("a reset by the person forgets what was typed", async () => {
  const page = await start([6, 3, [-1, [2, "a", null]]]);
  await click("#go");
  await type("#text", "mine");
  find<HTMLFormElement>("#f").reset();
  await new Promise((resolve) => setTimeout(resolve));
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [], [], [], [1, [-4, 1, [-5, [], [], [], [0, [-4, 0, "b"]]]]]]) } });
  expect(field().value).toBe("b");
});

test("what the browser restored before the script ran counts as typed", async () => {
  const page = await startPage(DEFINITIONS, [-1, [1, 9], [2, "old", null], [7, "a\r\nb"]], { before: () => (field().value = "restored") });
  await click("#go");
  await page.calls[0]!.answer();
  expect(field().value).toBe("restored");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: at(1, 0, "new") } });
  expect(field().value).toBe("new");
});

test("a field that is made new shows its value, whatever stands before its type", async () => {
  const definitions: Definitions = { 1: DEFINITIONS[1]!, 2: ["input", ["id", "range", ".value", 0, "type", 1, "max", 2]] };
  const page = await startPage(definitions, [-1, [1, 9]]);
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: inBody([-5, [], [], [1, null, [2, "500", "range", "1000"]]]) } });
  expect(field("#range").value).toBe("500");
});

test("what is typed right after a reset stays", async () => {
  const page = await startPage(DEFINITIONS, [-1, [6, 1, [9]]]);
  await type("input", "first");
  find<HTMLFormElement>("#f").requestSubmit();
  await settled();
  find<HTMLFormElement>("#f").reset();
  field("#plain").value = "second";
  field("#plain").dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve));
  await page.calls[0]!.answer();
  expect(field("#plain").value).toBe("second");
});
