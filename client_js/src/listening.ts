/** Loaded when a page is told something unasked. */

import { served } from "./calls";
import { load } from "./parts";
import type { WireMap } from "./codec";
import { listen } from "./lines";

export { listen, listensNow, missed, noteAnswer, renewLine } from "./lines";

void load(["recovery"], true);
listen((served.o as WireMap | undefined)?.live);
