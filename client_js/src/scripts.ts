/** Loaded when a script of the page's own defines a hook or calls an action. */

import { tree } from "./calls";
import { startHooks } from "./hooks";
import { load } from "./parts";

export { hook, onWork } from "./hooks";
export { callReference } from "./references";

// What a script gives is data of an event.
void load(["details"], true);
startHooks(tree.isKnown);
