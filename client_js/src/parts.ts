/** What tests in a browser drive without a server. */
export * from "./codec";
export * from "./controls";
export * from "./templates";
export * from "./tree";
