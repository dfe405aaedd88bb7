/** Elements of HTML, SVG and MathML. */

import { getAttribute, nameOf } from "./dom";
import { HTML, namespaceOf } from "./nodes";

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/** The namespace that the HTML parser would give to an element of this name in this place. */
export function namespaceIn(parent: Node, tag: string): string {
  const outer = parent instanceof Element ? namespaceOf(parent)! : HTML;
  const name = nameOf(parent)!;
  const toHtml =
    outer === SVG
      ? /^(foreignObject|desc|title)$/.test(name)
      : outer === MATHML &&
        (/^(m[inos]|mtext)$/.test(name) ||
          (name === "annotation-xml" && (tag === "svg" || /html/i.test(getAttribute(parent, "encoding") ?? ""))));
  if (outer !== HTML && !toHtml) return outer;
  return tag === "svg" ? SVG : tag === "math" ? MATHML : HTML;
}

/** Whether an element is the one that the parser would make in this place. */
export const isPlaced = (node: Node, parent: Node, tag: string): boolean => namespaceOf(node) === namespaceIn(parent, tag);
