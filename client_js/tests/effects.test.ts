import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { Wire } from "../src/codec";
import { run } from "../src/effects";
import { DISPATCH, FOCUS, SET_ATTRIBUTE, SET_CLASS, SET_SHOWN, SET_VALUE } from "../src/protocol";
import { click, find, inBody, press, settled, startPage, type } from "./page";
import type { Definitions } from "./reference";

interface Vector {
  name: string;
  effects: Wire;
  html: string;
  after: string;
  events: string[];
}
const vectors = JSON.parse(readFileSync(resolve(__dirname, "../../tests/vectors/effects.json"), "utf8")) as Vector[];

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

/** What can be heard at the document, as the vectors tell it. */
function hear(...types: string[]): string[] {
  const heard: string[] = [];
  const listen = (event: Event): void => {
    const { detail } = event as CustomEvent<Wire>;
    heard.push(`${event.type}#${(event.target as Element).id}${event instanceof CustomEvent ? "=" + JSON.stringify(detail) : ""}`);
    if (event.type === "submit") event.preventDefault();
  };
  for (const type of types) document.body.addEventListener(type, listen, true);
  listeners.push(() => types.forEach((type) => document.body.removeEventListener(type, listen, true)));
  return heard;
}
const listeners: (() => void)[] = [];
afterEach(() => listeners.splice(0).forEach((remove) => remove()));

test.each(vectors)("$name", ({ effects, html, after, events }) => {
  const problems = vi.spyOn(console, "error");
  document.body.innerHTML = html;
  const heard = hear("zoom", "input", "change", "reset", "submit", "focus", "blur");
  run(effects, find("#here"));
  expect(document.body.innerHTML).toBe(after);
  expect(heard).toEqual(events);
  expect(problems).not.toHaveBeenCalled();
});

const scripts: [name: string, value: Wire][] = [
  ["onclick", "alert(1)"],
  ["ONLOAD", "alert(1)"],
  ["srcdoc", "<script>alert(1)</script>"],
  ["href", "javascript:alert(1)"],
  ["xlink:href", " java\tscript:alert(1)"],
  ["action", "\u0001JavaScript:alert(1)"],
  ["formaction", "javascript:alert(1)"],
  ["to", "javascript:alert(1)"],
  ["values", "java script:alert(1)"],
];
test.each(scripts)("an attribute that could run script is refused: %s", (name, value) => {
  const problems = vi.spyOn(console, "error").mockReturnValue();
  document.body.innerHTML = '<a id="here">x</a>';
  run([[SET_ATTRIBUTE, null, name, value], [SET_CLASS, null, "next", true]], find("#here"));
  expect(find("#here").outerHTML).toBe('<a id="here" class="next">x</a>');
  expect(problems).toHaveBeenCalledTimes(1);
});

test("attributes of a script are left alone", () => {
  vi.spyOn(console, "error").mockReturnValue();
  document.body.innerHTML = '<script type="text/plain" id="here"></script>';
  run([[SET_ATTRIBUTE, null, "src", "/other.js"]], find("#here"));
  expect(find("#here").getAttribute("src")).toBeNull();
});

test("what cannot be done does not hold up the rest", () => {
  const problems = vi.spyOn(console, "error").mockReturnValue();
  document.body.innerHTML = '<p id="here"></p>';
  run([[SET_CLASS, "p[", "a", true], [99], [SET_CLASS, null, "b", true]], find("#here"));
  expect(find("#here").className).toBe("b");
  expect(problems).toHaveBeenCalledTimes(1);
});

test("nothing is done to an element that has gone", () => {
  document.body.innerHTML = '<ul><li id="here"></li></ul>';
  const gone = find("#here");
  gone.remove();
  run([[SET_CLASS, null, "a", true], [SET_CLASS, "ul", "b", true]], gone);
  expect(gone.className).toBe("");
  expect(document.body.innerHTML).toBe('<ul class="b"></ul>');
});

test("a control hides nothing of its form", () => {
  document.body.innerHTML = '<form id="here"><input name="reset"><input name="classList"><input name="querySelectorAll"><i></i></form>';
  const heard = hear("reset");
  run([[SET_CLASS, null, "a", true], [SET_CLASS, [null, "i"], "b", true], [10, null, false]], find("#here"));
  expect(find("form").getAttribute("class")).toBe("a");
  expect(find("i").className).toBe("b");
  expect(heard).toEqual(["reset#here"]);
});

test("our own fields, which serve browsers without scripts, are never meant", () => {
  document.body.innerHTML = '<form id="here"><input type="hidden" name="$state" value="sealed"><input name="a" value="b"></form>';
  run([[SET_VALUE, [null, "input"], "new"], [SET_VALUE, "input", "newer"]], find("#here"));
  expect([...document.querySelectorAll("input")].map((input) => input.value)).toEqual(["sealed", "newer"]);
  document.body.innerHTML = '<button name="$call" id="here"></button>';
  run([[SET_CLASS, null, "a", true]], find("#here"));
  expect(find("#here").className).toBe("a");
});

test("the class of a transition that is turned back goes at once", async () => {
  let end = (): void => {};
  const motion = { finished: new Promise<void>((resolve) => (end = resolve)) };
  document.body.innerHTML = '<p id="here"></p>';
  const here = find("#here");
  vi.stubGlobal("CSSAnimation", class {});
  (here as { getAnimations: unknown }).getAnimations = () => [motion];
  run([[SET_SHOWN, null, false, "fade"]], here);
  expect([here.className, here.hidden]).toEqual(["fade-leave", false]);
  run([[SET_SHOWN, null, null, "fade"]], here);
  expect([here.className, here.hidden]).toEqual(["", false]);
  end();
  await settled();
  expect([here.className, here.hidden]).toEqual(["", false]);
  run([[SET_SHOWN, null, null, "fade"]], here);
  await settled();
  expect([here.className, here.hidden]).toEqual(["", true]);
});

// In a page

const DEFINITIONS: Definitions = {
  1: ["p", [], ["button", ["type", "button", "id", "go", "@click", 0], "Go"], ["output", ["class", 1], 2]],
  2: ["form", ["id", "f", "@submit", 0], ["input", ["name", "a", "value", "x"]], ["button", ["id", "send", "@click", 1], "Send"]],
  3: ["input", ["id", "field", "@keydown", 0, "@input", 1]],
};
const button = (handler: Wire): Wire => [1, handler, null, "0"];
const said = (name: string): Wire => [SET_CLASS, "output", name, true];

test("effects alone make no call", async () => {
  const page = await startPage(DEFINITIONS, button([null, { b: [said("a")] }]));
  await click("#go");
  expect(find("output").className).toBe("a");
  expect(page.requests.length).toBe(0);
  expect(find("#go").hasAttribute("aria-busy")).toBe(false);
});

test("effects come before a call, and after its success", async () => {
  const page = await startPage(DEFINITIONS, button([5, { b: [said("before")], e: [said("after")] }]));
  await click("#go");
  expect(page.requests.length).toBe(1);
  expect(find("output").className).toBe("before");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 1, "tree", 2, "1"]) } });
  expect(find("output").className).toBe("before tree after");
});

test("those of the action come last, and see what it has changed", async () => {
  const page = await startPage(DEFINITIONS, button([5, { e: [[DISPATCH, null, "note", "after"]] }]));
  const heard: string[] = [];
  find("#go").addEventListener("note", (event) => heard.push(`${(event as CustomEvent<string>).detail} ${find("output").textContent}`));
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 2, "1"]), j: [[DISPATCH, null, "note", "action"]] } });
  expect(heard).toEqual(["after 1", "action 1"]);
});

test.each([
  ["invalid", { status: 422, answer: { b: 1, v: 2, e: { c: "invalid", m: "no", f: {} } } }],
  ["failed", { status: 500, answer: { e: { c: "failed", m: "no" } } }],
  ["changed", { status: 409, answer: { e: { c: "changed", m: "no" } } }],
])("nothing comes after a call that was not done: %s", async (_, answer) => {
  const page = await startPage(DEFINITIONS, button([5, { e: [said("after")] }]));
  await click("#go");
  await page.calls[0]!.answer(answer);
  expect(find("output").className).toBe("");
});

test("effects wait for the sync that an answer leads to", async () => {
  const page = await startPage(DEFINITIONS, button([5, { e: [[DISPATCH, null, "note", null]] }]));
  const heard: string[] = [];
  find("#go").addEventListener("note", () => heard.push(find("output").textContent!));
  await click("#go");
  await page.calls[0]!.answer({ answer: { b: 7, v: 8, d: inBody([-4, 2, "1"]) } });
  expect(heard).toEqual([]);
  await page.calls[0]!.answer({ answer: { r: [90, "en", null, [91, button(5)]], t: Object.entries({ 90: ["html", ["lang", 0], ["head", [], 1], 2], 91: ["body", [], 0], ...DEFINITIONS }).flatMap(([n, d]) => [Number(n), d as Wire]) } });
  expect(heard).toEqual(["0"]);
});

test("what was added stays when the tree changes the class", async () => {
  const page = await startPage(DEFINITIONS, button([5, { b: [said("mine")] }]));
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 1, "one"]) } });
  expect(find("output").className).toBe("mine one");
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 1, "two"]) } });
  expect(find("output").className).toBe("mine two");
});

test("effects take nothing from what the browser does by itself", async () => {
  const page = await startPage(DEFINITIONS, [2, [null, { b: [[SET_CLASS, null, "sent", true]] }], [null, { b: [[SET_CLASS, null, "pressed", true]] }]]);
  const pressed = new MouseEvent("click", { bubbles: true, cancelable: true });
  const submitted = new SubmitEvent("submit", { bubbles: true, cancelable: true });
  find("#f").dispatchEvent(submitted);
  expect(submitted.defaultPrevented).toBe(false);
  find("#f").addEventListener("submit", (event) => event.preventDefault());
  find("#send").dispatchEvent(pressed);
  expect(pressed.defaultPrevented).toBe(false);
  expect([find("#f").className, find("#send").className]).toEqual(["sent", "pressed"]);
  expect(page.requests.length).toBe(0);
});

test("a form is sent with what was in it before the effects", async () => {
  const page = await startPage(DEFINITIONS, [2, [5, { b: [[SET_VALUE, [null, "input"], "changed"]] }], null]);
  find("#f").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  await settled();
  expect(page.requests[0]!.f).toEqual(["a", "x"]);
  expect(find<HTMLInputElement>("input").value).toBe("changed");
});

test("the options of a handler hold for its effects", async () => {
  const asked = vi.spyOn(window, "confirm").mockReturnValue(false);
  const page = await startPage(DEFINITIONS, [3, { Escape: [null, { b: [[SET_CLASS, null, "out", true]], p: true }] }, [6, { b: [[SET_CLASS, null, "typed", true]], c: "Sure?" }]]);
  await press("#field", "a");
  expect(find("#field").className).toBe("");
  const event = await press("#field", "Escape");
  expect([find("#field").className, event.defaultPrevented]).toEqual(["out", true]);
  await type("#field", "x");
  expect(find("#field").className).toBe("out");
  asked.mockReturnValue(true);
  await type("#field", "xy");
  expect(find("#field").className).toBe("out typed");
  expect(page.requests.length).toBe(1);
});

test("a field that is set is heard as if it were typed", async () => {
  const page = await startPage(DEFINITIONS, [-1, button([null, { b: [[SET_VALUE, "#field", "abc"], [FOCUS, "#field"]] }]), [3, null, 6]]);
  await click("#go");
  expect(page.requests[0]).toMatchObject({ h: 6, e: { value: "abc" } });
  expect(document.activeElement).toBe(find("#field"));
});

test("effects that lead to themselves come to an end", async () => {
  let times = 0;
  await startPage(DEFINITIONS, button([null, { b: [[DISPATCH, null, "click", null], [DISPATCH, null, "again", null]] }]));
  find("#go").addEventListener("again", () => times++);
  await click("#go");
  expect(times).toBe(10);
});
