// Runs the vectors that both languages share. They are written by the Python side; what is there is run.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { decode, encode, type Wire, type WireMap } from "../src/codec";
import { apply, foretell, type Layer } from "../src/layers";
import { needs } from "../src/needs";
import { dataOf, setUnderWay, type UnderWay } from "../src/symbols";
import "./parts";
import { type Key, Tree } from "../src/tree";

const folder = resolve(__dirname, "../../tests/vectors") + "/";
const read = <T>(name: string): T[] => (existsSync(folder + name) ? (JSON.parse(readFileSync(folder + name, "utf8")) as T[]) : []);

interface CodecVector {
  name: string;
  hex: string;
  /** The value; binary as {"$bin": hex}, floats as {"$float": text}. Absent: the bytes must be refused. */
  value?: unknown;
  error?: boolean;
}
interface TreeVector {
  name: string;
  templates: Wire[];
  outline: Wire;
  html: string;
  before: Wire;
  after: Wire;
  delta: Wire;
  after_html: string;
}

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const numbers = { inf: Infinity, "-inf": -Infinity, nan: NaN } as Record<string, number>;
/** The value that a vector means. */
const meant = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(meant);
  if (!value || typeof value !== "object") return value;
  if ("$bin" in value) return fromHex(value.$bin as string);
  if ("$float" in value) return numbers[value.$float as string] ?? Number(value.$float);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, meant(each)]));
};

const codec = read<CodecVector>("codec.json");
const trees = read<TreeVector>("tree.json");

test("the vectors are there once the folder has them", () => {
  if (existsSync(folder + "tree.json")) expect(trees.length).toBeGreaterThan(0);
});

test.runIf(codec.length).each(codec)("codec: $name", ({ hex, value, error }) => {
  if (error || value === undefined) return expect(() => decode(fromHex(hex))).toThrow();
  const decoded = decode(fromHex(hex));
  expect(decoded).toEqual(meant(value));
  expect(decode(encode(decoded))).toEqual(meant(value));
});

test.runIf(trees.length).each(trees)("tree: $name", (vector) => {
  const templates = meant(vector.templates) as Wire[];
  const treeIn = (html: string): [Tree, Element] => {
    const element = document.createElement("main");
    element.innerHTML = html;
    const tree = new Tree(element);
    tree.learn(templates, true);
    return [tree, element];
  };
  // As a browser writes it, which is not always what would be parsed to the same.
  const wanted = vector.after_html;
  const after = meant(vector.after) as Wire;

  const [patched, element] = treeIn(vector.html);
  patched.adopt(meant(vector.outline) as Wire);
  if (vector.delta !== undefined) patched.patch(meant(vector.delta) as Wire);
  expect(element.innerHTML).toBe(wanted);

  const [synced, other] = treeIn(vector.html);
  synced.adopt(meant(vector.outline) as Wire);
  synced.sync(after);
  expect(other.innerHTML).toBe(wanted);

  const [made, empty] = treeIn("");
  made.sync(after);
  expect(empty.innerHTML).toBe(wanted);
});

interface LayerVector {
  name: string;
  templates: Wire[];
  tree: Wire;
  predictions: Wire[];
  steps: {
    open?: { at: Key[]; ahead: number | null; source?: number; form?: Key[]; entries?: string[][] | null; fields?: WireMap };
    answer?: number;
    delta?: Wire;
    predictions?: Wire[];
    shown?: boolean;
    html: string;
  }[];
}

test.each(read<LayerVector>("layers.json"))("layers: $name", (vector) => {
  const element = document.createElement("main");
  document.body.replaceChildren(element);
  const tree = new Tree(element);
  tree.learn(vector.templates, true);
  tree.sync(vector.tree);
  foretell(vector.predictions, true);
  const calls: (UnderWay & { layer: Layer | null })[] = [];
  for (const { open, answer, delta, predictions, shown, html } of vector.steps) {
    if (open) {
      const call: (typeof calls)[number] = {
        form: open.form ? element.querySelector("form") : null,
        fields: open.fields,
        entries: open.entries?.flat(),
        files: [],
        progress: 0,
        source: () => open.source,
        layer: open.ahead === null ? null : { ahead: open.ahead, at: open.at, isShown: false, data: (name) => dataOf(call, name) },
      };
      calls.push(call);
    } else calls.splice(answer!, 1);
    setUnderWay(calls);
    tree.layers = calls.flatMap(({ layer }) => layer ?? []);
    foretell(predictions ?? [], false);
    if (delta === undefined) tree.settle();
    else tree.patch(delta);
    expect(element.innerHTML).toBe(html);
    if (shown !== undefined) expect(calls.at(-1)!.layer?.isShown ?? false).toBe(shown);
  }
  setUnderWay([]);
});

interface FeedVector {
  name: string;
  templates: Wire[];
  tree: Wire;
  steps: { delta: Wire; html: string }[];
}

test.each(read<FeedVector>("feeds.json"))("feeds: $name", ({ templates, tree: start, steps }) => {
  const treeIn = (): [Tree, Element] => {
    const element = document.createElement("main");
    const tree = new Tree(element);
    tree.learn(templates, true);
    tree.sync(start);
    return [tree, element];
  };
  const [patched, element] = treeIn();
  const [mended, other] = treeIn();
  let data = start;
  for (const { delta, html } of steps) {
    patched.patch(delta);
    data = apply(data, delta);
    expect(element.innerHTML).toBe(html);
    // The page was made again somewhere else: all is given but what the feed shows. Its numbers are others.
    const [, , change] = delta as Wire[];
    mended.learn([7, ["ul", [], 0], ...templates.slice(2)], true);
    mended.sync([7, change!]);
    expect(other.innerHTML).toBe(html);
    expect(mended.isKnown).toBe(true);
    const [synced, made] = treeIn();
    synced.sync(data);
    expect(made.innerHTML).toBe(html);
  }
});

interface NeedVector {
  name: string;
  templates: Wire[];
  tree: Wire;
  parts: string[];
}

// Where the two languages are not meant to say the same stands in tests/core/test_needs.py.
test.each(read<NeedVector>("needs.json"))("needs: $name", ({ templates, tree, parts }) => {
  expect(needs({ t: templates, r: tree }).sort()).toEqual(parts);
});

test("the place of what a person has typed asks for nothing", () => {
  expect(needs({ a: [1, [0, [null, [1, { "": ["", "text", ""] }], 0]]] })).toEqual(["predictions"]);
});
