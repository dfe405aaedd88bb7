/** What a call will show: asked for when the person turns to its handler, and laid over the tree while it is under way. */

import { calls, type Deed, flow, newCall, post, settle, tree, view } from "./calls";
import { encode, type Wire } from "./codec";
import { parentOf } from "./dom";
import { handlersIn } from "./events";
import { foretell, isForetold, layered } from "./layers";
import { more } from "./parts";
import { PROTOCOL } from "./protocol";
import { type Key, ownerOf, type Tree } from "./tree";

/** Predictions that were asked for, at this version of the view; nobody asks twice. */
const known = new Set<number>();
let inquired: number | undefined;
/** The prediction that is asked for, and what the person has turned to since. */
let asked: number | undefined;
let wish = (): unknown => undefined;

/** Another page is shown: what was asked for is of the one before. */
export function forgetWishes(): void {
  known.clear();
  inquired = undefined;
  wish = () => undefined;
}

/** Notes that a call has a prediction, if it is one's number. */
export function foresee(deed: Deed, ahead: Wire | undefined): void {
  const at = ahead === undefined ? null : tree.address(deed.element, deed.type);
  if (at) deed.layer = { ahead: ahead as number, at, isShown: false, data: (name) => more.dataOf!(deed, name) };
}

/** Notes what is foretold of the calls under way, for what is shown next. */
export function noteLayers(): void {
  tree.layers = calls.flatMap(({ deed, isSuperseded }) => (!isSuperseded && deed?.layer) || []);
}

/** Empties a form that is sent, if it is shown already what will come of it. */
export function empty(deed: Deed, edit: number): void {
  if (deed.layer?.isShown && deed.entries && !deed.stays) deed.putBack = more.clear!(deed.controls, edit);
}

/** Asks what a call would show, since the person is about to make it. */
async function inquire(ahead: number, at: Key[], mark: Wire): Promise<void> {
  if (inquired !== view.version) known.clear();
  inquired = view.version;
  if (isForetold(ahead) || known.has(ahead)) return;
  wish = () => inquire(ahead, at, mark);
  if (asked !== undefined) return;
  known.add((asked = ahead));
  wish = () => undefined;
  const before = flow.syncs;
  const reply = await post(encode({ p: PROTOCOL, i: view.id, v: view.version, c: newCall().id, a: at, h: mark, w: true }), view);
  const { b, t, a } = reply?.answer ?? {};
  if (a && before === flow.syncs) {
    tree.learn((t ?? []) as Wire[], false);
    if (b === view.version) foretell(a as Wire[], false);
    settle();
  }
  asked = undefined;
  void wish();
}

/** All handlers of an element, with the types of their events. */
function slotsOf(element: Element): [type: string, handler: Wire][] {
  const block = ownerOf(element);
  return block ? block.template.slots.flatMap((name, i) => (name[0] === "@" && block.nodes[i] === element ? [[name.slice(1), block.values[i] as Wire]] : [])) : [];
}

/** The person turns to something: what it would do should be known. */
export function turnTo({ target }: Event): void {
  for (let node = target as Node | null; node instanceof Element; node = parentOf(node)) {
    for (const [type, value] of slotsOf(node)) {
      for (const { mark, options, filter } of handlersIn(value, () => true)) {
        const at = options.a === undefined ? null : tree.address(node, type);
        if (at) void inquire(options.a as number, filter === undefined ? at : [...at, filter], mark);
      }
    }
  }
}

/** Lays what is predicted over what the server says. */
export function lay(tree: Tree): void {
  const { layers, root } = tree;
  tree.base ??= tree.shown = more.read!(root.values[0]!);
  const next = layered(tree.base, layers);
  more.make!(root, 0, next, tree.shown);
  tree.shown = next;
  if (!layers.length) tree.base = tree.shown = undefined;
}
