/** Loaded when a script of the page's own defines a hook or calls an action. */

import { tree } from "./calls";
import { startHooks } from "./hooks";

export { hook, onWork } from "./hooks";
export { callReference } from "./references";

startHooks(tree.isKnown);
