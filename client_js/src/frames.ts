/** Frames: messages one after the other in one response. Each has its length before it (4 bytes, big-endian). */

import { decode, type Wire, type WireMap } from "./codec";
import { AWAITED } from "./protocol";

/** Told of each message; of nothing, when there are no more. */
export type Tell = (answer?: WireMap) => void;

const LENGTH = 4;
/** By message: has what follows it in its response told. */
const rests = new WeakMap<WireMap, (tell: Tell) => void>();

/** Has what follows a message told, from its beginning. */
export const restOf = (answer: WireMap): ((tell: Tell) => void) => rests.get(answer) ?? ((tell) => tell());

/** The message at the end of a response, or what slow parts follow; `part` is given those before it. Throws when it broke off. */
export function messageIn(response: Response, live: () => void, part: (answer: WireMap) => void): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let isWhole = false;
    const held: (WireMap | undefined)[] = [];
    let tell: Tell = (answer) => held.push(answer);
    const take = (answer: WireMap): void => {
      if (isWhole) tell(answer);
      else if (answer.f && answer.f !== AWAITED) part(answer);
      else {
        isWhole = true;
        rests.set(answer, (listener) => (held.forEach((each) => listener(each)), (tell = listener)));
        resolve(answer);
      }
    };
    void readFrames(response.body!, live, (message) => take(decode(message) as WireMap)).then(() => (isWhole ? tell() : reject(new Error())));
  });
}

/** Reads frames as they come, to the end. `tell` is given each message; `live` hears of every sign of life. */
export async function readFrames(body: ReadableStream<Uint8Array>, live: () => void, tell: (message: Uint8Array) => void): Promise<void> {
  let held = new Uint8Array(0);
  try {
    for (const reader = body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      live();
      const all = new Uint8Array(held.length + value.length);
      all.set(held);
      all.set(value, held.length);
      held = all;
      for (let size; held.length >= LENGTH && held.length >= LENGTH + (size = new DataView(held.buffer, held.byteOffset).getUint32(0)); held = held.slice(LENGTH + size)) {
        if (size) tell(held.slice(LENGTH, LENGTH + size));
      }
    }
  } catch {
    // It broke off.
  }
}
