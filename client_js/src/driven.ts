/** What tests in a browser drive without a server. */

import { load } from "./parts";

export * from "./codec";
export * from "./templates";
export * from "./tree";

await load(["fields", "making"]);
