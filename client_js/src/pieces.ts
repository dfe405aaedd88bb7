/** Large files: sent in pieces, so that after a cut, a pause or a reload they go on where they were. */

import type { Deed, Reply } from "./calls";
import type { WireMap } from "./codec";
import { OFFSET_HEADER, PIECES, PIECE_TYPE, SUPERSEDED, UPLOAD_HEADER } from "./protocol";

/** What the calls lend. */
export interface Port {
  /** Bytes of a piece. */
  piece: number;
  /** One attempt at a message; null: nothing came back. */
  post(message: WireMap): Promise<Reply | null>;
  /** One attempt at a body of bytes. */
  put(body: Blob | null, headers: { [name: string]: string }, tell: (event: { loaded: number }) => void, signal: AbortSignal): Promise<Reply | null>;
  /** Shows what has changed. */
  show(): void;
  /** Nobody wants it any more. */
  isOver(): boolean;
}

/** Goes on with the files, and makes the call when they are there. Null: no answer came; it may be tried again. */
export type Pieces = (message: WireMap, port: Port) => Promise<Reply | null>;

/** What the server gave for a file, and how much of it has come; null for one that it does not want. */
type Upload = [token: string, offset: number] | null;

const MOST_BEGINS = 3;

const isGone = (reply: Reply | null): boolean => (reply?.answer?.e as WireMap | undefined)?.c === PIECES;

/** What finds an upload again after a reload, when the person chooses the same file. */
const nameOf = ({ name, size, lastModified }: File): string => `reactor ${location.pathname}${location.search} ${[size, lastModified, name]}`;

export function inPieces(deed: Deed): Pieces {
  const { files, element } = deed;
  // Another page may be shown when they are there.
  const names = files.map(nameOf);
  let uploads: Upload[] | undefined;
  /** What the server has is to be asked for. */
  let isUnsure = false;
  let isCallSent = false;
  let begins = 0;
  let going = new AbortController();
  let wake = (): void => {};

  const forget = (): void => {
    for (const name of names) sessionStorage.removeItem(name);
    uploads = undefined;
  };

  function tell(port: Port, more: number): void {
    const wanted = files.flatMap((file, i) => (uploads![i] ? [[file.size, uploads![i][1]] as const] : []));
    const total = wanted.reduce((sum, [size]) => sum + size, 0);
    const sent = Math.min(total, wanted.reduce((sum, [, offset]) => sum + offset, more));
    deed.progress = total ? Math.round((100 * sent) / total) : 100;
    port.show();
    element.dispatchEvent(new CustomEvent("reactor:progress", { bubbles: true, detail: { sent, total } }));
  }

  /** Asks where to send the files. An answer is what the call itself came to. */
  async function begin(message: WireMap, port: Port): Promise<Reply | null | undefined> {
    begins++;
    const reply = await port.post({ ...message, l: files.map(({ name, size, type }, i) => [name, size, type, ...[sessionStorage.getItem(names[i]!) ?? []].flat()]) });
    const told = reply?.answer?.o;
    if (!Array.isArray(told)) return reply;
    uploads = told as Upload[];
    uploads.forEach((upload, i) => upload && sessionStorage.setItem(names[i]!, upload[0]));
    tell(port, 0);
    return undefined;
  }

  /** Sends what is left of a file. An answer, or null, is why that has not come to its end. */
  async function send(file: File, upload: [string, number], port: Port): Promise<Reply | null | undefined> {
    while (upload[1] < file.size) {
      while (deed.isPaused && !port.isOver()) await new Promise<void>((resolve) => (wake = resolve));
      if (port.isOver()) return { status: 0, answer: { e: { c: SUPERSEDED, m: "" } } };
      const at = upload[1];
      const isAsked = isUnsure;
      const headers = { "Content-Type": PIECE_TYPE, [UPLOAD_HEADER]: upload[0], ...(isAsked ? {} : { [OFFSET_HEADER]: String(at) }) };
      isUnsure = true;
      const reply = await port.put(isAsked ? null : file.slice(at, at + port.piece), headers, ({ loaded }) => isAsked || tell(port, loaded), going.signal);
      const offset = reply?.answer?.o;
      if (typeof offset !== "number") {
        if (!reply && (deed.isPaused || port.isOver())) continue;
        return reply;
      }
      isUnsure = false;
      upload[1] = offset;
      tell(port, 0);
    }
    return undefined;
  }

  return async (message, port) => {
    deed.onPause = () => {
      if (deed.isPaused || port.isOver()) going.abort();
      else going = new AbortController();
      wake();
      port.show();
    };
    for (;;) {
      let reply = uploads ? undefined : await begin(message, port);
      for (let i = 0; reply === undefined && i < files.length; i++) reply = uploads![i] ? await send(files[i]!, uploads![i]!, port) : undefined;
      const isAnswered = reply === undefined;
      if (isAnswered) {
        reply = await port.post({ ...message, l: uploads!.map((upload) => upload?.[0] ?? null) });
        if (reply?.answer && !reply.answer.e) forget();
      }
      // One whose answer was lost may have been run: then its files are gone, and the person is told.
      const isAgain = isGone(reply!) && !isCallSent && begins < MOST_BEGINS;
      isCallSent ||= isAnswered && !reply;
      if (!isGone(reply!)) return reply!;
      forget();
      if (!isAgain) return reply!;
    }
  };
}
