/** Loaded when something on a page is foretold. */

import { turnTo } from "./foresight";

export { empty, foresee, forgetWishes, lay, noteLayers } from "./foresight";
export { apply, foretell } from "./layers";

for (const turn of ["pointerover", "pointerdown", "focusin"]) addEventListener(turn, turnTo);
