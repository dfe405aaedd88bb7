/** Frames: messages one after the other in one response. Each has its length before it (4 bytes, big-endian). */

const LENGTH = 4;

/** Reads frames as they come. `tell` is given each message; `live` hears of every sign of life. False: it broke off. */
export async function readFrames(body: ReadableStream<Uint8Array>, live: () => void, tell: (message: Uint8Array) => void): Promise<boolean> {
  let held = new Uint8Array(0);
  try {
    for (const reader = body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return !held.length;
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
    return false;
  }
}
