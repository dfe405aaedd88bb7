/** Slow parts of a page, which follow it or an answer. */

import { arrange, flow, sync, view, type View, work } from "./calls";
import type { WireMap } from "./codec";
import { restOf } from "./frames";
import { having, more } from "./parts";
import { AWAITED } from "./protocol";

const TRIES = 10;
/** How many have broken off since one came. */
let lost = 0;

/** Shows the slow parts of a page, which follow it or an answer; those that do not come are asked for. */
export function follow(answer: WireMap, of: View = view, rest = restOf(answer)): void {
  let isAwaited = true;
  flow.following++;
  rest((next) => {
    if (next) {
      isAwaited = next.f === AWAITED;
      lost = 0;
      having(["recovery"], () => more.receive!(next, undefined, of));
    } else {
      flow.following--;
      if (isAwaited && of === view && lost++ < TRIES) sync();
      arrange();
      work();
    }
  });
}
