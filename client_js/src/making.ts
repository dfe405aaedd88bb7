/** Loaded when a page shows what was not in it. */

export { fed, solid } from "./feeds";
export { adapt, adoptRaw, alter, compose, put, read, renew, resolveAll, symbolIn } from "./elements";
export { namespaceIn } from "./namespaces";
export { dataOf, resolve, setUnderWay } from "./symbols";
