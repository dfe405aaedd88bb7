/** Files on their way to the server. Loaded when some are to be sent. */

import { type Call, calls, type Deed, post, type Reply, served, show, timeout, tree } from "./calls";
import { encode, type WireMap } from "./codec";
import { LARGE, MEDIA_TYPE, MESSAGE_PART } from "./protocol";
import { load, more } from "./parts";
import type { Port } from "./pieces";

/** Bytes that the server takes in all, and those of a piece. */
const { upload: most = Infinity, piece = Infinity } = (served?.o ?? {}) as { upload?: number; piece?: number };

const sizeOf = (files: File[]): number => files.reduce((sum, { size }) => sum + size, 0);


/** Sends a body; only XMLHttpRequest tells how far that is. As long as it goes on there is no timeout. */
const put = (address: string, body: FormData | Blob | null, headers: { [name: string]: string }, timeout: number, tell: (event: ProgressEvent) => void, signal?: AbortSignal): Promise<Response> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    let timer: ReturnType<typeof setTimeout>;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(abort, timeout);
    };
    request.open("POST", address);
    for (const name in headers) request.setRequestHeader(name, headers[name]!);
    request.responseType = "arraybuffer";
    request.upload.onprogress = (event) => {
      wait();
      tell(event);
    };
    request.onloadend = () => {
      clearTimeout(timer);
      const { status, response } = request;
      if (!status) return reject(new TypeError());
      resolve(new Response((response as ArrayBuffer).byteLength ? response : null, { status, headers: { "Content-Type": request.getResponseHeader("Content-Type") ?? "", "Retry-After": request.getResponseHeader("Retry-After") ?? "" } }));
    };
    signal?.addEventListener("abort", abort);
    wait();
    request.send(body);
  });

/** Sends a message with files, all at once. `tell` is given whole per cents. */
async function upload(address: string, message: Uint8Array<ArrayBuffer>, files: File[], tell: (percent: number) => void): Promise<Response> {
  const parts = new FormData();
  parts.append(MESSAGE_PART, new Blob([message]));
  files.forEach((file, i) => parts.append(String(i), file));
  tell(0);
  return put(address, parts, { Accept: MEDIA_TYPE }, timeout, ({ loaded, total }) => tell(Math.round((100 * loaded) / total)));
}

/** What sends a call with its files: at once or, when they are large, in pieces. */
export async function carrier(call: Call, deed: Deed): Promise<(message: WireMap) => Promise<Reply | null>> {
  const { view } = call;
  const { files } = deed;
  const settle = (): void => tree.settle();
  const atOnce = (message: WireMap): Promise<Reply | null> =>
    post(null, view, call, () =>
      upload(view.address, encode(message), files, (percent) => {
        deed.progress = percent;
        settle();
      }),
    );
  if (sizeOf(files) > most) {
    await load(["recovery"]);
    return async () => ({ status: 413, answer: { e: { c: LARGE, m: more.texts!.large! } } });
  }
  if (sizeOf(files) <= piece) return atOnce;
  const port: Port = {
    piece,
    post: (message) => post(encode(message), view, call),
    async put(body, headers, tell, signal) {
      const reply = await post(null, view, undefined, () => put(view.address, body, { ...headers, Accept: MEDIA_TYPE }, timeout, tell, signal));
      // It goes on, so nothing is given up.
      if (reply && !reply.pause) {
        Object.assign(call, { begun: Date.now(), tries: 0, isRetrying: false } satisfies Partial<Call>);
        show();
      }
      return reply;
    },
    show: settle,
    isOver: () => !calls.includes(call) || !!call.isSuperseded,
  };
  await load(["pieces"]);
  const pieces = more.inPieces!(deed);
  return (message) => pieces(message, port);
}
