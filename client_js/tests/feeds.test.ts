// Feeds: what is put in costs the same in long lists, and nothing is taken for shown that is not.
import { expect, test } from "vitest";
import { FEED, ITEMS, KEYED, UPDATE } from "../src/protocol";
import { foretell } from "../src/layers";
import "./parts";
import { Tree } from "../src/tree";
import type { Wire } from "../src/codec";

const TEMPLATES: Wire[] = [0, ["ul", [], 0], 1, ["li", [], 0], 2, ["main", [], 0]];
const item = (text: string): Wire => [1, text];

function shown(tree: Wire): [Tree, Element] {
  const element = document.createElement("div");
  const made = new Tree(element);
  made.learn(TEMPLATES, true);
  made.sync(tree);
  return [made, element];
}

test("an item that stays keeps its element, whatever comes and goes around it", () => {
  const [tree, element] = shown([0, [KEYED, [1, 2, 3], item("a"), item("b"), item("c")]]);
  const [, second, third] = element.querySelectorAll("li");
  tree.patch([UPDATE, 0, [FEED, [1], [9, item("z")], [2, item("B")], [3, item("C")]]]);
  expect(element.textContent).toBe("zCB");
  expect([...element.querySelectorAll("li")].slice(1)).toEqual([third, second]);
});

test("a feed that is not shown is asked for as a whole", () => {
  const [tree, element] = shown([2, "nothing"]);
  tree.learn(TEMPLATES, true);
  tree.sync([2, [ITEMS, [0, [FEED, [], [], [5, item("new")]]]]]);
  expect(element.textContent).toBe("new");
  expect(tree.isKnown).toBe(false);
  tree.sync([2, [ITEMS, [0, [KEYED, [4, 5], item("old"), item("new")]]]]);
  expect(tree.isKnown).toBe(true);
});

test("a page that is mended keeps the feed's elements, also below what is foretold", () => {
  const [tree, element] = shown([0, [KEYED, [1], item("a")]]);
  const [first] = element.querySelectorAll("li");
  const layer = { ahead: 1, at: [0] as (string | number)[], data: () => "typed", isShown: false };
  foretell([1, [0, [null, [UPDATE, 0, [FEED, [], [], ["\0", [1, { "": ["", "text", ""] }]]]], 0]]], true);
  tree.layers = [layer, { ...layer }];
  tree.settle();
  expect(element.textContent).toBe("atypedtyped");
  const predicted = element.querySelectorAll("li")[1];
  tree.layers = [];
  tree.learn([4, ["ul", [], 0], 5, ["li", [], 0]], true);
  tree.sync([4, [FEED, [], [], [2, [5, "typed"]]]]);
  expect(element.textContent).toBe("atyped");
  expect([...element.querySelectorAll("li")]).toEqual([first, predicted]);
});

test("what is put in touches nothing else", async () => {
  const keys = Array.from({ length: 500 }, (_, i) => i);
  const [tree, element] = shown([0, [KEYED, keys, ...keys.map((i) => item(String(i)))]]);
  const seen: MutationRecord[] = [];
  const observer = new MutationObserver((records) => seen.push(...records));
  observer.observe(element, { childList: true, subtree: true, characterData: true, attributes: true });
  tree.patch([UPDATE, 0, [FEED, [], [], [500, item("x"), 501, item("y")], [], 500]]);
  seen.push(...observer.takeRecords());
  expect(seen.map(({ addedNodes, removedNodes }) => [addedNodes.length, removedNodes.length])).toEqual([
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
});
