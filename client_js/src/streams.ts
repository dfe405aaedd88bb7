/** Loaded when an answer comes bit by bit, or a page. */

import { forgetComplete } from "./page_frames";
import { load } from "./parts";

export { follow } from "./following";
export { messageIn, readFrames } from "./frames";
export { awaitPage, framesInPage } from "./page_frames";

void load(["recovery"], true);
forgetComplete();
