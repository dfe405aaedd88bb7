import { expect, test, vi } from "vitest";
import type { Wire } from "../src/codec";
import "./parts";
import { Tree } from "../src/tree";
import { SHELL, click, find, inBody, notice, settled, startPage, type } from "./page";
import { type Definitions, outline } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["button", ["type", "button", "id", 0, "class", 1, "disabled", 2, "@click", 3], 4],
  2: ["form", ["id", "f", "@submit", 0], ["input", ["name", "a"]], ["input", ["name", "b.c", "type", "text"]], 1],
  3: ["i", ["title", 0], 1],
  4: ["p", ["id", 0], 1],
  5: ["main", [], 0],
  6: ["button", ["id", "own", "data-pending", 0, "@click", 1]],
  7: ["input", ["id", "field", "@input", 0]],
  8: ["div", [], ["input", ["id", "auto", "autofocus", true]]],
  9: ["input", ["id", "late", "disabled", 0, "@change", 1]],
};
const choice = (source: Wire, yes: Wire, no: Wire): Wire => [-6, source, yes, no];
const data = (source: Wire, name: string): Wire => [-7, source, name];
const joined = (...parts: Wire[]): Wire => [-8, ...parts];
const button = (id: string, source: number, more: { class?: Wire; disabled?: Wire; label?: Wire } = {}): Wire => [
  1, id, more.class ?? null, more.disabled ?? null, [source + 10, { k: source }], more.label ?? id,
];
const seen = (selector: string): string => find(selector).outerHTML;
const submit = async (): Promise<SubmitEvent> => {
  const event = new SubmitEvent("submit", { bubbles: true, cancelable: true });
  find("#f").dispatchEvent(event);
  await settled();
  return event;
};

/** Syncs a page to show this in its <main>. */
async function show(page: Awaited<ReturnType<typeof startPage>>, content: Wire): Promise<void> {
  const { sync } = await import("../src/calls");
  sync();
  await settled();
  const t = Object.entries({ ...DEFINITIONS, ...SHELL }).flatMap(([n, d]) => [Number(n), d as Wire]);
  await page.calls[0]!.answer({ answer: { v: 5, r: [90, "en", null, [91, [5, content]]], t } });
}

test("symbols in attributes and children begin with the click and end with the patch", async () => {
  const content = button("save", 1, { class: joined("big", choice(1, "busy", null)), disabled: choice(1, true, null), label: choice(1, "Saving…", "Save") });
  const page = await startPage(DEFINITIONS, [5, null]);
  await show(page, content);
  expect(find("#save").className).toBe("big");
  expect(find("#save").textContent).toBe("Save");
  find("#save").click();
  expect(seen("#save")).toBe('<button type="button" id="save" class="big busy" aria-busy="true" data-pending="" disabled="">Saving…</button>');
  await settled();
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, [4, "done", "ok"]]) } });
  expect(document.querySelector("#save")).toBeNull();
});

test("a call that waits is pending too, and the data is that of the latest", async () => {
  const page = await startPage(DEFINITIONS, [5, null]);
  await show(page, [-1, button("other", 2), [2, [20, { k: 1 }], [4, "echo", data(1, "a")]], [4, "far", choice(1, "busy", "idle")]]);
  await click("#other");
  await type("[name=a]", "first");
  await submit();
  expect(page.requests.length).toBe(2);
  expect(find("#echo").textContent).toBe("first");
  expect(find("#far").textContent).toBe("busy");
  expect(find("#f").getAttribute("aria-busy")).toBe("true");
  await page.calls[0]!.answer();
  expect(find("#far").textContent).toBe("busy");
  expect(find("#other").hasAttribute("data-pending")).toBe(false);
  await page.calls[0]!.answer();
  expect(find("#far").textContent).toBe("idle");
  expect(find("#echo").textContent).toBe("");
  expect(find("#f").hasAttribute("aria-busy")).toBe(false);
});

test("the source nil is the form around, also of what came in while it is sent", async () => {
  const page = await startPage(DEFINITIONS, [5, null]);
  const mine: Wire = [4, "in", choice(null, [3, data(null, "a"), "sending"], null)];
  await show(page, [-1, [2, 20, mine], [4, "out", choice(null, "busy", "idle")], button("other", 2)]);
  await type("[name=a]", "x");
  await click("#other");
  await submit();
  expect(find("#in").innerHTML).toBe('<i title="x">sending</i>');
  expect(find("#out").textContent).toBe("idle");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, [-5, [], [], [], [0, [-4, 1, [-1, mine, [4, "new", choice(null, "busy", "idle")]]]]]]) } });
  expect(find("#new").textContent).toBe("busy");
  await page.calls[0]!.answer();
  expect(find("#new").textContent).toBe("idle");
  expect(find("#in").innerHTML).toBe("");
});

test("equal values touch nothing", async () => {
  const page = await startPage(DEFINITIONS, [5, null]);
  await show(page, [-1, button("go", 1), [4, "c", choice(1, [-1, "a", [3, "t", "same"]], [-1, "b", [3, "t", "same"]])]]);
  const node = find("#c i");
  const types: string[] = [];
  new MutationObserver((records) => types.push(...records.map(({ type }) => type))).observe(find("#c"), { subtree: true, childList: true, characterData: true, attributes: true });
  await click("#go");
  expect(find("#c").textContent).toBe("asame");
  expect(find("#c i")).toBe(node);
  expect(types).toEqual(["characterData"]);
  await page.calls[0]!.answer();
  expect(types).toEqual(["characterData", "characterData"]);
});

test("symbols are adopted by the outline of what the page shows, and patched", () => {
  const parent = document.createElement("main");
  parent.innerHTML = '<p id="x">before<i title="t">no</i>after</p>';
  const tree = new Tree(parent);
  tree.learn(Object.entries(DEFINITIONS).flatMap(([n, d]) => [Number(n), d as Wire]), true);
  const no: Wire = [3, "t", "no"];
  const nested = choice(2, "other", no) as Wire[];
  const inner = outline(DEFINITIONS, no);
  const before = parent.querySelector("i");
  tree.adopt([4, null, [-1, 6, [...(choice(1, "yes", nested) as Wire[]), [...nested, inner]], [...(data(1, "a") as Wire[])], 5]]);
  tree.settle();
  expect(parent.innerHTML).toBe('<p id="x">before<i title="t">no</i>after</p>');
  expect(parent.querySelector("i")).toBe(before);
  tree.patch([-4, 1, [-5, [], [], [], [1, choice(3, "yes", "idle")]]]);
  expect(parent.innerHTML).toBe('<p id="x">beforeidleafter</p>');
  tree.patch([-4, 1, [-5, [], [], [], [1, "plain", 2, choice(1, "y", "n")]]]);
  tree.settle();
  expect(parent.innerHTML).toBe('<p id="x">beforeplainnafter</p>');
  tree.patch([-4, 1, [-5, [1, 3]]]);
  tree.settle();
  expect(parent.innerHTML).toBe('<p id="x">before</p>');
});

test("a double click sends once, a call later again", async () => {
  const page = await startPage(DEFINITIONS, [5, [2, 20, null]]);
  await submit();
  expect((await submit()).defaultPrevented).toBe(true);
  await page.calls[0]!.answer();
  expect(page.requests.length).toBe(1);
  await submit();
  expect(page.requests.length).toBe(2);
});

test("a slow call is marked as slow, a quick one is not", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, [5, button("b", 1)]);
  await click("#b");
  await vi.advanceTimersByTimeAsync(140);
  expect(find("#b").dataset.pending).toBe("");
  await page.calls[0]!.answer();
  expect(find("#b").dataset.pending).toBeUndefined();
  await click("#b");
  await vi.advanceTimersByTimeAsync(140);
  expect(find("#b").dataset.pending).toBe("");
  await vi.advanceTimersByTimeAsync(20);
  expect(find("#b").dataset.pending).toBe("slow");
  await page.calls[0]!.answer();
  expect(find("#b").dataset.pending).toBeUndefined();
});

test("a mark that the tree sets itself is left to it", async () => {
  const page = await startPage(DEFINITIONS, [5, [6, null, 11]]);
  await click("#own");
  expect(seen("#own")).toBe('<button id="own" aria-busy="true"></button>');
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, [-4, 0, "mine"]]) } });
  expect(seen("#own")).toBe('<button id="own" data-pending="mine"></button>');
});

test("while it cannot be sent it stays pending, and another click tries again", async () => {
  vi.useFakeTimers();
  const page = await startPage(DEFINITIONS, [5, button("b", 1)]);
  page.reply = () => ({ response: new TypeError("network") });
  await click("#b");
  await vi.advanceTimersByTimeAsync(70_000);
  const tries = page.requests.length;
  expect(find("#b").dataset.pending).toBe("slow");
  page.reply = () => ({});
  await click("#b");
  await settled();
  expect(page.requests.length).toBe(tries + 1);
  expect(String(page.requests.at(-1)!.c)).toBe(String(page.requests[0]!.c));
  expect(find("#b").dataset.pending).toBeUndefined();
});

test("what a call disables has the focus again afterwards, unless the person went on", async () => {
  const page = await startPage(DEFINITIONS, [5, null]);
  await show(page, [-1, button("b", 1, { disabled: choice(1, true, null) }), [7, 30]]);
  for (const goesOn of [false, true]) {
    find("#b").focus();
    await click("#b");
    find("#b").blur();
    if (goesOn) find("#field").focus();
    await page.calls[0]!.answer();
    expect(document.activeElement!.id).toBe(goesOn ? "field" : "b");
  }
});

test("the first wrong field gets the focus, and is told in a notice only if the page does not", async () => {
  const page = await startPage(DEFINITIONS, [5, [2, 20, null]]);
  await submit();
  await page.calls[0]!.answer({ status: 422, answer: { e: { c: "invalid", m: "b.c: No", f: { "": "All", "b.c": "No" } } } });
  expect(document.activeElement).toBe(find('[name="b.c"]'));
  expect(notice()!.textContent).toContain("b.c: No");
  await submit();
  await page.calls[0]!.answer({ status: 422, answer: { b: 1, v: 2, d: inBody([-4, 0, [-4, 1, "wrong"]]), e: { c: "invalid", m: "", f: { "b.c": "No", "a.0": "No" } } } });
  expect(document.activeElement).toBe(find('[name="a"]'));
});

test("what appears with autofocus gets the focus, once", async () => {
  const page = await startPage(DEFINITIONS, [5, button("b", 1)]);
  await click("#b");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, [-1, button("b", 1), [8]]]) } });
  expect(document.activeElement!.id).toBe("auto");
  find("#b").focus();
  await click("#b");
  await page.calls[0]!.answer({ answer: { d: inBody([-4, 0, [-5, [], [], [], [0, [-4, 1, "x"]]]]) } });
  expect(document.activeElement!.id).toBe("b");
});
