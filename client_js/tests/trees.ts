/** Random trees over a fixed set of templates. */

import fc from "fast-check";
import type { Wire } from "../src/codec";
import { ITEMS, KEYED, RAW } from "../src/protocol";
import type { Definitions } from "./reference";

export const DEFINITIONS: Definitions = {
  1: ["div", ["class", 0], 1],
  2: ["div", ["class", 0, "title", 1], 2],
  3: ["section", ["class", "card"], "Total: ", 0, " of ", ["b", ["title", 1], 2, 3], 4, "!", 5],
  4: ["div", [], 0, 1, 2],
  5: ["span", [], "static"],
  6: ["ul", [], 0],
  7: ["li", ["data-id", 0, "@click", 1], 2],
  8: ["svg", ["viewBox", "0 0 9 9"], 0],
  9: ["circle", ["r", 0]],
  10: ["g", ["xlink:href", 0], 1],
  11: ["foreignObject", [], 0],
  12: ["input", ["type", "text", ".value", 0]],
  13: ["form", ["id", 0, "@submit", 1], 2, ["button", [], "Send"]],
  14: ["math", [], ["mi", [], 0], 1],
  15: ["table", [], ["tbody", [], 0]],
  16: ["tr", ["class", 0], ["td", [], 1], ["td", [], "x"]],
  17: ["div", [], "static only"],
  18: ["textarea", [".value", 0]],
  19: ["select", [".value", 0], 1],
  20: ["option", ["value", 0], 1],
};

const text = fc.constantFrom("a", "b", "längere Zeile", "<&\"'>", " ", "x\ny", "𝒳", "firstChild");
const attribute = fc.constantFrom<Wire>(null, true, "", "x", "a b", "b c", 'q"<');
const classes = fc.constantFrom<Wire>(null, "a", "a b", "b c a");
const mark = fc.constantFrom<Wire>(null, 1, 2, [3, { p: true }]);
const key = fc.constantFrom<string | number>(1, 2, 3, 4, 5, "1", "a", "b", "c");

const keyed = (item: fc.Arbitrary<Wire>): fc.Arbitrary<Wire> =>
  fc.uniqueArray(fc.tuple(key, item), { selector: ([k]) => k, maxLength: 7 }).map((entries) => [KEYED, entries.map(([k]) => k), ...entries.map(([, v]) => v)]);
const items = (item: fc.Arbitrary<Wire>): fc.Arbitrary<Wire> => fc.array(item, { maxLength: 4 }).map((all) => [ITEMS, ...all]);

export const { child, root } = fc.letrec<{ child: Wire; block: Wire; svg: Wire; root: Wire }>((tie) => {
  const child = tie("child");
  const svg = tie("svg");
  const option = fc.tuple(fc.constant(20), fc.constantFrom("x", "y", "z"), text);
  return {
    root: tie("child"),
    child: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(null),
      text,
      tie("block"),
      tie("block"),
      keyed(tie("block")),
      keyed(child),
      items(child),
      fc.constantFrom<Wire>([RAW, "<i>raw</i> text"], [RAW, ""], [RAW, "<!--[--><b>x</b><!--]-->"]),
    ),
    block: fc.oneof(
      { depthSize: "small" },
      fc.constant([5]),
      fc.constant([17]),
      fc.tuple(fc.constant(12), fc.constantFrom("", "v", "w")),
      fc.tuple(fc.constant(18), fc.constantFrom("", "v", "w w")),
      fc.tuple(fc.constant(1), classes, child),
      fc.tuple(fc.constant(2), classes, attribute, child),
      fc.tuple(fc.constant(3), child, attribute, child, child, child, child),
      fc.tuple(fc.constant(4), child, child, child),
      fc.tuple(fc.constant(6), keyed(fc.tuple(fc.constant(7), attribute, mark, child))),
      fc.tuple(fc.constant(8), svg),
      fc.tuple(fc.constant(14), text, fc.constantFrom(null, "t")),
      fc.tuple(fc.constant(15), keyed(fc.tuple(fc.constant(16), classes, text))),
      fc.tuple(fc.constant(19), fc.constant(null), fc.oneof(items(option), keyed(option))),
    ) as fc.Arbitrary<Wire>,
    svg: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      fc.tuple(fc.constant(9), attribute),
      fc.tuple(fc.constant(10), attribute, svg),
      items(svg),
      keyed(svg),
      fc.tuple(fc.constant(11), child),
      fc.constant<Wire>([RAW, '<rect width="1"></rect>']),
    ) as fc.Arbitrary<Wire>,
  };
});
