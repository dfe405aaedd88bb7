/** What tests in a browser drive without a server. */

import * as fields from "./fields";
import * as making from "./making";
import { more } from "./parts";

export * from "./codec";
export * from "./templates";
export * from "./tree";

Object.assign(more, fields, making);
