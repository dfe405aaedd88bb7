/** Loaded when a page is told something unasked. */

import { served } from "./calls";
import type { WireMap } from "./codec";
import { listen } from "./lines";

export { listen, listensNow, missed, noteAnswer, renewLine } from "./lines";

listen((served.o as WireMap | undefined)?.live);
