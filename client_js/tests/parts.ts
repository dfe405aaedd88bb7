/** For tests of a tree, of which a page would have loaded these by then. */

import { load } from "../src/parts";

await load(["fields", "making", "predictions"]);
