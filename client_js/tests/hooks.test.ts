/// <reference path="../../reactor/static/reactor.d.ts" />
import { beforeEach, expect, test, vi } from "vitest";
import type { Wire, WireMap } from "../src/codec";
import { click, find, inBody, notice, settled, startPage } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["div", ["data-hook", 0, "data-options", 1, "class", 2, "@select", 3, "@zoom-end", 4], 5],
  2: ["section", [], 0],
  3: ["button", ["id", "go", "@click", 0], "Go"],
  4: ["p", [], 0],
  5: ["my-map", ["@pick", 0], 1],
  6: ["div", ["data-hook", "Chart", "@input", 0]],
};

/** An element with a hook; `name` is also what its options say. */
const chart = (name: string, handlers: { select?: Wire; zoom?: Wire; child?: Wire; options?: Wire; class?: Wire } = {}): Wire => [
  1, "Chart", handlers.options ?? `{"name":"${name}"}`, handlers.class ?? null, handlers.select ?? null, handlers.zoom ?? null, handlers.child ?? null,
];
const keyed = (...names: string[]): Wire => [2, [-2, names, ...names.map((name) => chart(name))]];

/** What hooks were told, in order. */
let told: string[] = [];
beforeEach(() => void (told = []));

function define(name = "Chart"): void {
  reactor.hook(name, {
    mounted() {
      told.push(`mounted ${this.options?.name} ${this.element.textContent}`);
    },
    updated(before) {
      told.push(`updated ${before?.name} to ${this.options?.name}`);
    },
    destroyed() {
      told.push(`destroyed ${this.options?.name}`);
    },
  });
}

async function patched(delta: Wire): Promise<void> {
  const page = current;
  await click("#go");
  await page.calls[0]!.answer({ answer: { d: inBody(delta) } });
}

let current: Awaited<ReturnType<typeof startPage>>;
/** A page with a button before its content. */
async function start(content: Wire): Promise<typeof current> {
  return (current = await startPage(DEFINITIONS, [-1, [3, 9], content]));
}
const second = (delta: Wire): Wire => [-5, [], [], [], [1, delta]];

test("a hook is mounted in a served page, with the children of its element", async () => {
  await start(chart("a", { child: [4, "inside"] }));
  define();
  expect(told).toEqual([]);
  await settled();
  expect(told).toEqual(["mounted a inside"]);
  define();
  await settled();
  expect(told).toEqual(["mounted a inside"]);
});

test("a hook that was defined before its element comes is mounted with it, once", async () => {
  await start(null);
  define();
  await settled();
  await patched(second(chart("a", { child: [4, "inside"] })));
  await patched(second([-4, 5, [-4, 0, "changed"]]));
  expect(told).toEqual(["mounted a inside"]);
});

test("whoever is told of a patch finds its hooks mounted", async () => {
  await start(null);
  define();
  let before: string[] = [];
  document.addEventListener("reactor:patch", () => (before = told.slice()));
  await patched(second(chart("a")));
  expect(before).toEqual(["mounted a "]);
});

test("a hook is updated when a patch has changed an attribute, and knows the options from before", async () => {
  await start(chart("a"));
  define();
  await settled();
  await patched(second([-4, 1, `{"name":"b"}`]));
  await patched(second([-4, 2, "wide"]));
  await patched(second([-4, 1, null]));
  expect(told).toEqual(["mounted a ", "updated a to b", "updated b to b", "updated b to undefined"]);
});

test("what a hook changes itself is no update", async () => {
  await start(chart("a"));
  define();
  await settled();
  find("div").setAttribute("style", "width: 5px");
  find("div").classList.add("mine");
  await patched(second([-4, 5, [4, "child"]]));
  expect(told).toEqual(["mounted a "]);
  expect(find("div").getAttribute("style")).toBe("width: 5px");
});

test("what a hook changes in the task of a patch is no update either", async () => {
  await start([2, [-1, chart("a"), null]]);
  define();
  await patched(second([-4, 0, [-5, [], [], [], [1, [4, [-6, null, "busy", "idle"]]]]]));
  find("div").classList.add("mine");
  find("#go").click(); // symbols are resolved at once
  await settled();
  expect(told).toEqual(["mounted a "]);
});

test("hooks that leave are destroyed, those that move are not told", async () => {
  await start(keyed("a", "b", "c"));
  define();
  await settled();
  told = [];
  await patched(second([-4, 0, [-5, [1, 1], [1, 0]]]));
  expect([...document.querySelectorAll("[data-hook]")].map((each) => each.getAttribute("data-options"))).toEqual([`{"name":"c"}`, `{"name":"a"}`]);
  expect(told).toEqual(["destroyed b"]);
});

test("a hook is destroyed when what is around it leaves", async () => {
  await start([2, [2, chart("a")]]);
  define();
  await settled();
  await patched(second([-4, 0, null]));
  await patched(second([-4, 0, [2, chart("b")]]));
  expect(told).toEqual(["mounted a ", "destroyed a", "mounted b "]);
});

test("an element whose hook is another one now has that one", async () => {
  await start(chart("a"));
  define("Chart");
  define("Table");
  await settled();
  await patched(second([-4, 0, "Table", 1, `{"name":"b"}`]));
  expect(told).toEqual(["mounted a ", "destroyed a", "mounted b "]);
});

test("a hook that fails does not keep the others from theirs", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  await start([2, [-1, [1, "Bad", null, null, null, null, null], chart("a")]]);
  reactor.hook("Bad", {
    mounted() {
      throw new Error("on purpose");
    },
  });
  define();
  await settled();
  expect(told).toEqual(["mounted a "]);
  expect(String(errors.mock.calls[0]![0])).toBe("Error: on purpose");
});

test("patches and syncs leave alone what a hook has put into its element", async () => {
  const page = await start(chart("a", { child: [4, "ours"] }));
  find("div").prepend("text, ", document.createElement("canvas"));
  find("div").append(document.createElement("i"));
  const inside = [...find("div").childNodes];
  await patched(second([-4, 5, [-4, 0, "changed"]]));
  expect(find("div").innerHTML).toBe("text, <canvas></canvas><p>changed</p><i></i>");
  await click("#go");
  await page.calls[0]!.answer({ answer: { r: [90, "en", null, [91, [-1, [3, 9], chart("b", { child: [4, "again"] })]]], t: templates() } });
  expect(find("div").innerHTML).toBe("text, <canvas></canvas><p>again</p><i></i>");
  expect([...find("div").childNodes]).toEqual(inside);
});

test("what hooks and custom elements put into themselves is there when the page had to be mended", async () => {
  const page = await start([2, [-1, chart("a"), [5, 8, null], [4, "ours"]]]);
  for (const name of ["div", "my-map", "p"]) find(name).append(document.createElement("canvas"));
  await click("#go");
  vi.spyOn(console, "error").mockImplementation(() => {});
  await page.calls[0]!.answer({ answer: { d: [-4, 77, "does not fit"] } });
  await page.calls[0]!.answer({ answer: { r: [90, "en", null, [91, [-1, [3, 9], [2, [-1, chart("a"), [5, 8, null], [4, "ours"]]]]]], t: templates() } });
  expect(find("section").innerHTML).toBe(
    `<div data-hook="Chart" data-options="{&quot;name&quot;:&quot;a&quot;}"><canvas></canvas></div><my-map><canvas></canvas></my-map><p>ours</p>`,
  );
});

const templates = (): Wire[] =>
  Object.entries({ ...DEFINITIONS, 90: ["html", ["lang", 0], ["head", [], 1], 2], 91: ["body", [], 0] }).flatMap(([number, definition]) => [Number(number), definition as Wire]);

// Calls

/** The hook of the page's only chart. */
const mounted = (handlers: Parameters<typeof chart>[1]): Promise<ReactorHook> => mountedIn(chart("a", handlers));

async function mountedIn(content: Wire): Promise<ReactorHook> {
  await start(content);
  let hook: ReactorHook;
  reactor.hook("Chart", {
    mounted() {
      hook = this;
    },
  });
  await settled();
  return hook!;
}

test("a call of a hook sends all its data and gives the result when the page shows it", async () => {
  const hook = await mounted({ select: 5 });
  const ends: string[] = [];
  void hook.call("select", { id: 3, at: { x: [1.5], none: null }, on: new Date(0), left: undefined, out: () => 1 }).then((result) => ends.push(`${find("div").textContent} ${result.total}`));
  await settled();
  const { a, h, e, x } = current.requests[0]!;
  expect([a, h, x]).toEqual([[2, 0, 1, 3], 5, true]);
  expect(e).toEqual({ id: 3, at: { x: [1.5], none: null }, on: "1970-01-01T00:00:00.000Z" });
  await current.calls[0]!.answer({ answer: { d: inBody(second([-4, 5, "patched"])), x: { total: 7 } } });
  expect(ends).toEqual(["patched 7"]);
});

test("a call whose action returned nothing gives null; other events do not ask for a result", async () => {
  const hook = await mounted({ select: 5 });
  const result = hook.call("select");
  await settled();
  await current.calls[0]!.answer();
  expect(await result).toBe(null);
  await click("#go");
  expect(current.requests[1]).not.toHaveProperty("x");
});

test("a call without a handler is a mistake", async () => {
  const hook = await mounted({});
  expect(() => hook.call("select")).toThrow(`<div> has no handler for the event "select"`);
});

test.each([
  [{ status: 422, answer: { e: { c: "invalid", m: "wrong", f: { id: "no number" } } } }, { code: "invalid", message: "wrong", fields: { id: "no number" } }],
  [{ status: 500, answer: { e: { c: "failed", m: "broken" } } }, { code: "failed", message: "broken", fields: {} }],
  [{ status: 500, response: new Response("") }, { code: "failed", message: "That did not work. Please try again.", fields: {} }],
])("a call that did not work is rejected %#", async (answer, expected) => {
  const hook = await mounted({ select: 5 });
  const ends: unknown[] = [];
  hook.call("select").catch((error: ReactorCallError) => ends.push({ code: error.code, message: error.message, fields: error.fields }, error.name));
  await settled();
  await current.calls[0]!.answer(answer as { status: number; answer?: WireMap });
  expect(ends).toEqual([expected, "CallError"]);
  // What is wrong with its data the script says itself.
  expect(!notice()).toBe(expected.code === "invalid");
});

test("a call that nobody waits for tells the person only", async () => {
  const rejected = vi.fn();
  process.on("unhandledRejection", rejected);
  const hook = await mounted({ select: 5 });
  void hook.call("select");
  await settled();
  await current.calls[0]!.answer({ status: 500, answer: { e: { c: "failed", m: "broken" } } });
  process.off("unhandledRejection", rejected);
  expect(rejected).not.toHaveBeenCalled();
  expect(notice()!.textContent).toContain("broken");
});

test("a call of an element that left before its turn is rejected", async () => {
  const hook = await mounted({ select: 5 });
  const codes: string[] = [];
  await click("#go");
  hook.call("select").catch((error: ReactorCallError) => codes.push(error.code));
  await current.calls[0]!.answer({ answer: { d: inBody(second(null)) } });
  expect(codes).toEqual(["changed"]);
  await expect(hook.call("select")).rejects.toMatchObject({ code: "changed" });
  expect(current.requests).toHaveLength(1);
});

test("a call waits as its handler says; the one that is replaced is rejected", async () => {
  const hook = await mounted({ select: [5, { d: 0.2 }] });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const ends: unknown[] = [];
  for (const id of [1, 2]) hook.call("select", { id }).then(
    (result) => ends.push(result),
    (error: ReactorCallError) => ends.push(error.code),
  );
  vi.advanceTimersByTime(200);
  await settled();
  await current.calls[0]!.answer({ answer: { x: "two" } });
  expect(current.requests.map(({ e }) => e)).toEqual([{ id: 2 }]);
  expect(ends).toEqual(["superseded", "two"]);
});

test("a call that the person says no to is rejected", async () => {
  const hook = await mounted({ select: [5, { c: "Sure?" }] });
  vi.stubGlobal("confirm", () => false);
  await expect(hook.call("select")).rejects.toMatchObject({ code: "superseded" });
});

test("calls with results are all made, also those of which else only the latest counts", async () => {
  const hook = await mountedIn([6, 5]);
  const results = [1, 2, 3].map((id) => hook.call("input", { id }));
  await settled();
  for (const id of [1, 2, 3]) await current.calls[0]!.answer({ answer: { x: id } });
  expect(await Promise.all(results)).toEqual([1, 2, 3]);
});

// Events of custom elements

test("an event that a custom element dispatches brings the data of its detail", async () => {
  await start([5, [8, { f: ["value"] }], null]);
  const map = find("my-map");
  const circle: { [name: string]: unknown } = {};
  circle.self = circle;
  map.dispatchEvent(new CustomEvent("pick", { detail: { id: 3, value: "x", circle, element: document.body } }));
  map.dispatchEvent(new CustomEvent("pick", { detail: [1, 2] }));
  map.dispatchEvent(new CustomEvent("pick"));
  map.dispatchEvent(new Event("pick"));
  await settled();
  for (let i = 0; i < 4; i++) await current.calls[0]!.answer();
  expect(current.requests.map(({ e }) => e)).toEqual([{ id: 3, value: "x", element: {} }, { detail: [1, 2] }, {}, {}]);
  expect(current.requests[0]).not.toHaveProperty("x");
});

test("names of events may have hyphens", async () => {
  const hook = await mounted({ zoom: 6 });
  void hook.call("zoom-end", { level: 4 });
  hook.element.dispatchEvent(new CustomEvent("zoom-end", { detail: { level: 5 } }));
  await settled();
  await current.calls[0]!.answer();
  expect(current.requests.map(({ e }) => e)).toEqual([{ level: 4 }, { level: 5 }]);
});

test("what the page offers cannot be changed", async () => {
  await start(null);
  expect(Object.isFrozen(reactor)).toBe(true);
  expect(Object.keys(reactor)).toEqual(["hook", "call"]);
});
