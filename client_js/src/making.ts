/** Loaded when a page shows what was not in it. */

export { create, make, patch, setSlot } from "./children";
export { fed, solid } from "./feeds";
export { needs } from "./needs";
export { adoptOther, focusNew, keptIn, read, renew, resolveAll } from "./elements";
export { isPlaced } from "./namespaces";
export { setRare } from "./nodes";
export { dataOf, setUnderWay } from "./symbols";
