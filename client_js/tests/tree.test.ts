import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Wire } from "../src/codec";
import { APPEND, ITEMS, KEYED, SPLICE, UPDATE } from "../src/protocol";
import "./parts";
import { Tree } from "../src/tree";
import { type Definitions, diff, html, outline } from "./reference";
import { DEFINITIONS, root } from "./trees";

const body = document.body;
beforeEach(() => body.replaceChildren());

function treeIn(parent: Element, definitions: Definitions = DEFINITIONS): Tree {
  const tree = new Tree(parent);
  tree.learn(Object.entries(definitions).flatMap(([number, definition]) => [Number(number), definition as Wire]), true);
  return tree;
}

function holder(): HTMLElement {
  const element = document.createElement("main");
  body.replaceChildren(element);
  return element;
}

/** A page as it is served: HTML, adopted. */
function served(child: Wire, definitions: Definitions = DEFINITIONS): [Tree, HTMLElement] {
  const element = holder();
  element.innerHTML = html(definitions, child);
  const tree = treeIn(element, definitions);
  tree.adopt(outline(definitions, child));
  return [tree, element];
}

function parsed(child: Wire, definitions: Definitions = DEFINITIONS): string {
  const element = document.createElement("main");
  element.innerHTML = html(definitions, child);
  return element.innerHTML;
}

function mutations(element: Element, work: () => void): MutationRecord[] {
  const observer = new MutationObserver(() => {});
  observer.observe(element, { childList: true, attributes: true, characterData: true, subtree: true });
  work();
  const records = observer.takeRecords();
  observer.disconnect();
  return records;
}

/** Names of all elements with their namespaces, which HTML text does not tell. */
const namespaces = (element: Element): string[] => [...element.querySelectorAll("*")].map((each) => each.namespaceURI + " " + each.localName);

test("a tree made by the client is the one that the parser makes of the server's HTML", () => {
  fc.assert(
    fc.property(root, (child) => {
      const element = holder();
      treeIn(element).sync(child);
      const reference = document.createElement("main");
      reference.innerHTML = html(DEFINITIONS, child);
      expect(element.innerHTML).toBe(reference.innerHTML);
      expect(namespaces(element)).toEqual(namespaces(reference));
    }),
  );
});

test("an adopted tree that is synced to itself is not touched", () => {
  fc.assert(
    fc.property(root, (child) => {
      const [tree, element] = served(child);
      expect(element.innerHTML).toBe(parsed(child));
      expect(mutations(element, () => tree.sync(child))).toEqual([]);
    }),
  );
});

test("adopted, then synced to another tree, it shows that one", () => {
  fc.assert(
    fc.property(root, root, (a, b) => {
      const [tree, element] = served(a);
      tree.sync(b);
      expect(element.innerHTML).toBe(parsed(b));
      expect(mutations(element, () => tree.sync(b))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("adopted, then patched, it shows the target, again and again", () => {
  fc.assert(
    fc.property(root, fc.array(root, { maxLength: 3 }), (first, others) => {
      const [tree, element] = served(first);
      let now = first;
      for (const next of others) {
        const delta = diff(DEFINITIONS, now, next);
        if (delta !== undefined) tree.patch(delta);
        now = next;
        expect(element.innerHTML).toBe(parsed(now));
      }
      expect(mutations(element, () => tree.sync(now))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("nodes of others inside of ours survive patches and syncs", () => {
  fc.assert(
    fc.property(root, root, fc.nat(), fc.boolean(), (a, b, seed, byPatch) => {
      const page = (child: Wire): Wire => [4, [5], child, "end"];
      const [tree, element] = served(page(a));
      const div = element.firstElementChild!;
      const foreign = document.createElement("x-foreign");
      const before = [...div.childNodes, null][seed % (div.childNodes.length + 1)]!;
      // Inside of raw markup a foreign node is part of it.
      fc.pre(!JSON.stringify(a).includes("[-3"));
      div.insertBefore(foreign, before);
      if (byPatch) tree.patch(diff(DEFINITIONS, page(a), page(b)) ?? [UPDATE]);
      else tree.sync(page(b));
      expect(foreign.parentNode).toBe(div);
      foreign.remove();
      expect(element.innerHTML).toBe(parsed(page(b)));
    }),
    { numRuns: 100 },
  );
});

test("a page that does not match is mended by a sync", () => {
  fc.assert(
    fc.property(root, root, (a, b) => {
      const element = holder();
      element.innerHTML = html(DEFINITIONS, a);
      const tree = treeIn(element);
      try {
        tree.adopt(outline(DEFINITIONS, b));
      } catch {
        // as expected, mostly
      }
      tree.sync(b);
      if (JSON.stringify(a) !== JSON.stringify(b)) tree.sync(b);
      expect(mutations(element, () => tree.sync(b))).toEqual([]);
    }),
  );
});

test("a page of which nothing is known is made the synced one", () => {
  fc.assert(
    fc.property(root, root, (a, b) => {
      const element = holder();
      element.innerHTML = html(DEFINITIONS, a);
      treeIn(element).sync(b);
      expect(element.innerHTML).toBe(parsed(b));
    }),
    { numRuns: 100 },
  );
});

test("a delta that fails half-way leaves a tree that a sync makes right", () => {
  fc.assert(
    fc.property(root, root, (a, b) => {
      const [tree, element] = served([4, a, null, "x"]);
      expect(() => tree.patch([UPDATE, 0, b, 2, [999]])).toThrow();
      tree.sync([4, b, a, "y"]);
      expect(element.innerHTML).toBe(parsed([4, b, a, "y"]));
    }),
    { numRuns: 100 },
  );
});

test.each<[string, Wire]>([
  ["an unknown template", [999]],
  ["too few values", [1, null]],
  ["a splice of a block", [SPLICE, [0, 1]]],
  ["a slot that is not there", [UPDATE, 9, null]],
  ["a change without its value", [UPDATE, 1]],
  ["a run beyond the list", [UPDATE, 1, [SPLICE, [0, 9]]]],
  ["a negative index", [UPDATE, 1, [SPLICE, [], [-1, 0]]]],
  ["an index that is none", [UPDATE, 1, [SPLICE, [], [], ["x", null, "t"]]]],
  ["an update of a text as block", [UPDATE, 1, [SPLICE, [], [], [], [0, [UPDATE]]]]],
  ["a map as child", [UPDATE, 1, {}]],
])("%s is refused", (_, delta) => {
  const [tree] = served([1, "c", [ITEMS, "a", [5]]]);
  expect(() => tree.patch(delta)).toThrow();
});

const row = (i: number, label = "row " + i): Wire => [7, String(i), null, label];
const list = (numbers: number[]): Wire => [6, [KEYED, numbers, ...numbers.map((i) => row(i))]];
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("an item put in front of 1,000 costs one insert", () => {
  const [tree, element] = served(list(range(1000)));
  const bySync = mutations(element, () => tree.sync(list([-1, ...range(1000)])));
  expect(bySync.length).toBe(1);
  const byPatch = mutations(element, () => tree.patch([UPDATE, 0, [SPLICE, [], [], [0, -2, row(-2)]]]));
  expect(byPatch.length).toBe(1);
  expect(element.querySelectorAll("li").length).toBe(1002);
});

test("a swap moves two rows at most", () => {
  const swapped = range(1000);
  [swapped[1], swapped[998]] = [998, 1];
  const [tree, element] = served(list(range(1000)));
  const rows = [...element.querySelectorAll("li")];
  const moved = mutations(element, () => tree.sync(list(swapped))).flatMap((record) => [...record.addedNodes]);
  expect(moved.length).toBeLessThanOrEqual(2);
  expect(element.querySelectorAll("li")[1]).toBe(rows[998]);
  expect(mutations(element, () => tree.patch([UPDATE, 0, [SPLICE, [], [1, 998, 997, 1]]])).flatMap((record) => [...record.addedNodes]).length).toBe(2);
  expect([...element.querySelectorAll("li")]).toEqual(rows);
});

test("every tenth label of 1,000 costs 100 changes of text", () => {
  const [tree, element] = served(list(range(1000)));
  const next = range(1000);
  const records = mutations(element, () => tree.sync([6, [KEYED, next, ...next.map((i) => row(i, i % 10 ? "row " + i : "new " + i))]]));
  expect(records.map((record) => record.type)).toEqual(Array(100).fill("characterData"));
});

test("keys 1 and '1' are two", () => {
  const [tree, element] = served([6, [KEYED, [1, "1"], row(1, "number"), row(1, "string")]]);
  const [number, string] = element.querySelectorAll("li");
  tree.sync([6, [KEYED, ["1", 1], row(1, "string"), row(1, "number")]]);
  expect([...element.querySelectorAll("li")]).toEqual([string, number]);
});

test("keys that repeat are refused", () => {
  const [tree] = served(list([1, 2]));
  expect(() => tree.sync(list([1, 1]))).toThrow();
});

test("the element stays when the template changes and the tag does not", () => {
  const [tree, element] = served([1, "a", [5]]);
  const [div, span] = [element.firstElementChild!, element.querySelector("span")!];
  div.setAttribute("data-foreign", "1");
  tree.sync([2, "b", "t", [5]]);
  expect(element.firstElementChild).toBe(div);
  expect(element.querySelector("span")).toBe(span);
  expect(div.outerHTML).toBe('<div class="b" data-foreign="1" title="t"><span>static</span></div>');
  tree.sync([17]);
  expect(div.outerHTML).toBe('<div data-foreign="1">static only</div>');
  tree.sync([4, "a", [5], "b"]);
  expect(div.outerHTML).toBe('<div data-foreign="1">a<span>static</span>b</div>');
});

test("equal templates under other numbers are the same template", () => {
  const [tree, element] = served([1, "a", "x"]);
  const div = element.firstElementChild!;
  tree.learn([77, DEFINITIONS[1] as Wire], true);
  const records = mutations(element, () => tree.sync([77, "a", "y"]));
  expect(element.firstElementChild).toBe(div);
  expect(records.length).toBe(1);
  expect(() => tree.sync([1, "a", "y"])).toThrow();
});

test("class tokens of others stay, and only the changed ones are touched", () => {
  const [tree, element] = served([1, "a b", null]);
  const div = element.firstElementChild!;
  div.classList.add("foreign");
  tree.patch([UPDATE, 0, "b c"]);
  expect([...div.classList].sort()).toEqual(["b", "c", "foreign"]);
  tree.patch([UPDATE, 0, null]);
  expect(div.className).toBe("foreign");
});

test("what the browser owns stays until the tree changes that very slot", () => {
  const definitions: Definitions = { 1: ["details", ["open", 0, "title", 1], ["summary", [], "s"], 2] };
  const [tree, element] = served([1, null, "t", "x"], definitions);
  const details = element.firstElementChild!;
  details.setAttribute("open", "");
  tree.patch([UPDATE, 2, "y"]);
  tree.sync([1, null, "u", "z"]);
  expect(details.hasAttribute("open")).toBe(true);
  tree.patch([UPDATE, 0, true]);
  tree.patch([UPDATE, 0, null]);
  expect(details.hasAttribute("open")).toBe(false);
});

test("styles are set without the attribute's setter, which a strict policy forbids", () => {
  const definitions: Definitions = { 1: ["div", ["style", 0], 1], 2: ["circle", ["style", 0]], 3: ["svg", [], 0] };
  const setter = Element.prototype.setAttribute;
  const element = holder();
  const tree = treeIn(element, definitions);
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style") throw new Error("forbidden");
    setter.call(this, name, value);
  };
  try {
    tree.sync([1, "color: red", [3, [2, "fill: blue"]]]);
    tree.sync([1, "color: green", [3, [2, null]]]);
  } finally {
    Element.prototype.setAttribute = setter;
  }
  expect((element.firstElementChild as HTMLElement).style.color).toBe("green");
  expect(element.querySelector("circle")!.hasAttribute("style")).toBe(false);
});

test("a style in the outline is set at adoption", () => {
  const definitions: Definitions = { 1: ["div", ["style", 0]] };
  const element = holder();
  element.innerHTML = "<div></div>";
  treeIn(element, definitions).adopt([1, "color: red"]);
  expect((element.firstElementChild as HTMLElement).style.color).toBe("red");
});

test("attributes of XLink and XML have their namespaces in SVG", () => {
  const definitions: Definitions = { 1: ["svg", [], 0], 2: ["use", ["xlink:href", 0, "xml:lang", 1]] };
  const element = holder();
  const tree = treeIn(element, definitions);
  tree.sync([1, [2, "#a", "de"]]);
  const use = element.querySelector("use")!;
  expect(use.getAttributeNS("http://www.w3.org/1999/xlink", "href")).toBe("#a");
  expect(use.getAttributeNS("http://www.w3.org/XML/1998/namespace", "lang")).toBe("de");
  tree.sync([1, [2, null, null]]);
  expect(use.attributes.length).toBe(0);
});

test("a long text that the parser cut in pieces is one again", () => {
  const element = holder();
  element.append("a".repeat(10), "b".repeat(10), "c");
  treeIn(element).adopt([ITEMS, 15, 6]);
  expect([...element.childNodes].map((node) => node.textContent)).toEqual(["a".repeat(10) + "b".repeat(5), "b".repeat(5) + "c"]);
});

test("our hidden fields and foreign elements are passed over", () => {
  const definitions: Definitions = { 1: ["form", [], 0], 2: ["input", ["type", "hidden", "name", 0]] };
  const element = holder();
  element.innerHTML = '<!-- note --><x-ad></x-ad><form><input type="hidden" name="$state"><input type="hidden" name="mine"></form>';
  const tree = treeIn(element, definitions);
  tree.adopt([1, [2, null]]);
  tree.patch([UPDATE, 0, [UPDATE, 0, "yours"]]);
  expect([...element.querySelectorAll("input")].map((input) => input.name)).toEqual(["$state", "yours"]);
});

test("a page that the parser mended is told from the tree", () => {
  const definitions: Definitions = { 1: ["table", [], 0], 2: ["tr", [], ["td", [], 0]] };
  const element = holder();
  element.innerHTML = html(definitions, [1, [2, "x"]]);
  const tree = treeIn(element, definitions);
  expect(() => tree.adopt(outline(definitions, [1, [2, "x"]]))).toThrow();
  tree.sync([1, [2, "x"]]);
  expect(element.innerHTML).toBe("<table><tr><td>x</td></tr></table>");
});

test("what stands in <noscript> is left to the parser", () => {
  const definitions: Definitions = { 1: ["div", [], ["noscript", [], 0], 1], 2: ["b", [], 0] };
  const element = holder();
  element.innerHTML = "<div><noscript><b>no</b></noscript>text</div>";
  const tree = treeIn(element, definitions);
  tree.adopt([1, [2, 2], 4]);
  tree.sync([1, [ITEMS, [2, "new"]], "changed"]);
  expect(element.textContent).toBe("<b>no</b>changed");
});

test("controls with the names of properties do not mislead", () => {
  const names = ["firstChild", "parentNode", "nextSibling", "attributes", "setAttribute", "getAttribute", "removeAttribute", "classList"];
  names.push("id", "insertBefore", "removeChild", "namespaceURI", "localName", "childNodes", "isConnected", "style", "focus");
  const definitions: Definitions = {
    1: ["form", ["class", 0, "style", 1, "title", 2, "@submit", 3], 4],
    2: ["input", ["name", 0]],
    3: ["p", [], 0],
    4: ["form", ["id", 0], 1],
  };
  const fields: Wire = [KEYED, names, ...names.map((name): Wire => [2, name])];
  const first: Wire = [1, "a", null, "t", 1, [ITEMS, "x", fields]];
  const [tree, element] = served(first, definitions);
  const form = element.firstElementChild!;
  expect(mutations(element, () => tree.sync(first))).toEqual([]);
  HTMLElement.prototype.setAttribute.call(form, "class", "a foreign");
  tree.patch([UPDATE, 0, "b", 1, "color: red", 2, null, 4, [SPLICE, [], [1, 0], [0, null, [3, "new"]]]]);
  expect(tree.address(form, "submit")).toEqual([3]);
  expect(element.innerHTML).toContain('<form class="foreign b" style="color: red;"><p>new</p><input');
  tree.sync([4, "i", fields]);
  expect(element.innerHTML).toMatch(/^<form class="foreign" id="i"><input name="firstChild">/);
  tree.sync([3, "gone"]);
  expect(element.innerHTML).toBe("<p>gone</p>");
});

test("a handler's address goes by slots, keys and indices", () => {
  const [tree, element] = served([4, null, [ITEMS, "a", [6, [KEYED, ["k", 7], row(1), [7, "x", 5, "y"]]]], null]);
  const item = element.querySelectorAll("li")[1]!;
  expect(tree.address(item, "click")).toEqual([1, 1, 0, 7, 1]);
  expect(tree.handler(item, "click")).toBe(5);
  expect(tree.handler(item, "input")).toBeNull();
  tree.patch([UPDATE, 1, [SPLICE, [0, 1]]]);
  expect(tree.address(item, "click")).toEqual([1, 0, 0, 7, 1]);
  tree.patch([UPDATE, 1, [SPLICE, [0, 1]]]);
  expect(tree.address(item, "click")).toBeNull();
});

test("the focus stays with a field whose row moves", () => {
  const definitions: Definitions = { 1: ["ul", [], 0], 2: ["li", [], ["input", ["name", 0]]] };
  const rows = (names: string[]): Wire => [1, [KEYED, names, ...names.map((name): Wire => [2, name])]];
  const [tree, element] = served(rows(["a", "b", "c"]), definitions);
  const input = element.querySelector("input")!;
  input.value = "hello";
  input.focus();
  input.setSelectionRange(1, 3);
  tree.patch([UPDATE, 0, [SPLICE, [], [0, 2]]]);
  expect(document.activeElement).toBe(input);
  expect([input.selectionStart, input.selectionEnd]).toEqual([1, 3]);
});

test("the document itself is a tree", () => {
  const definitions: Definitions = { 1: ["html", ["lang", 0], ["head", [], 1], 2], 2: ["body", ["class", 0], 1], 3: ["title", [], 0], 4: ["p", [], 0] };
  const page = (title: string, text: string): Wire => [1, "en", [3, title], [2, "c", [4, text]]];
  document.open();
  document.write("<!doctype html>" + html(definitions, page("T", "x")).replace("</body>", '<script type="application/reactor"></script></body>'));
  document.close();
  const tree = new Tree(document);
  tree.learn(Object.entries(definitions).flatMap(([number, definition]) => [Number(number), definition as Wire]), true);
  tree.adopt(outline(definitions, page("T", "x")));
  const before = document.querySelector("p");
  tree.sync(page("U", "y"));
  expect(document.title).toBe("U");
  expect(document.querySelector("p")).toBe(before);
  expect(before!.textContent).toBe("y");
});

test("items that come side by side are put in at once, in their order", () => {
  const [tree, element] = served([6, [KEYED, [1, 2], [7, "1", null, "one"], [7, "2", null, "two"]]]);
  const item = (key: number): Wire[] => [key, [7, String(key), null, String(key)]];
  const inserted = [[0, ...item(10)], [1, ...item(11)], [3, ...item(12)], [5, ...item(13)], [6, ...item(14)]].flat();
  const records = mutations(element, () => tree.patch([UPDATE, 0, [SPLICE, [], [], inserted]]));
  expect([...element.querySelectorAll("li")].map((each) => each.textContent)).toEqual(["10", "11", "one", "12", "two", "13", "14"]);
  expect(records.map(({ addedNodes }) => addedNodes.length)).toEqual([2, 1, 2]);
});

test("what is selected in a text that grows stays so", () => {
  const [tree, element] = served([6, [KEYED, [1, 2], [7, "1", null, "one"], [7, "2", null, "two"]]]);
  // Tests of whole documents have put another body there.
  document.documentElement.append(element);
  const [, text] = [...element.querySelectorAll("li")].map((each) => each.firstChild!);
  getSelection()!.setBaseAndExtent(text!, 1, text!, 3);
  document.dispatchEvent(new Event("selectionchange"));
  const grow = (at: number): Wire[] => [at, [UPDATE, 2, [APPEND, " more"]]];
  tree.patch([UPDATE, 0, [SPLICE, [], [], [], [...grow(0), ...grow(1)]]]);
  expect(element.textContent).toBe("one moretwo more");
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection()!;
  expect([anchorNode, anchorOffset, focusNode, focusOffset]).toEqual([text, 1, text, 3]);
});

test("a list is emptied at once, and nodes of others stay in it", () => {
  const [tree, element] = served(list(range(100)));
  const ul = element.querySelector("ul")!;
  expect(mutations(element, () => tree.patch([UPDATE, 0, [SPLICE, [0, 100]]])).length).toBe(1);
  expect(ul.innerHTML).toBe("");
  tree.sync(list(range(3)));
  const foreign = document.createElement("li");
  ul.append(foreign);
  tree.patch([UPDATE, 0, [SPLICE, [0, 3]]]);
  expect([...ul.childNodes]).toEqual([foreign]);
});

test("a row that is made again is copied with its texts", () => {
  const [tree, element] = served(list([]));
  tree.sync(list(range(50)));
  expect([...element.querySelectorAll("li")].map((each) => each.textContent)).toEqual(range(50).map((i) => "row " + i));
  const empty: Wire = [6, [KEYED, [0, 1], [7, "0", null, null], [7, "1", null, [5]]]];
  tree.sync(list([]));
  tree.sync(empty);
  expect(element.innerHTML).toBe(parsed(empty));
  expect(element.querySelector("li")!.childNodes.length).toBe(0);
});
