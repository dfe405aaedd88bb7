/** Loaded when a page shows what was not in it. */

export { change, create, make } from "./children";
export { fed, solid } from "./feeds";
export { needs } from "./needs";
export { adoptOther, focusNew, read, renew, resolveAll, setSymbol } from "./elements";
export { isPlaced } from "./namespaces";
export { setRare } from "./nodes";
export { dataOf, setUnderWay } from "./symbols";
