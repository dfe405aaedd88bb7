/** Files on their way to the server. */

import { MEDIA_TYPE, MESSAGE_PART } from "./protocol";
import { texts } from "./notices";

/** What a form or field has: in `entries` a file stands as its number among `files`. */
export interface Content {
  entries?: (string | number)[] | undefined;
  files: File[];
}

/** Bytes that the server takes in all, and those of a piece. */
let most = Infinity;
let piece = Infinity;
export const limitUploads = (all = Infinity, one = Infinity): unknown => ([most, piece] = [all, one]);

const sizeOf = (files: File[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** How long the pieces are in which files are sent; nothing for those that are sent at once. */
export const pieceOf = (files: File[]): number | undefined => (sizeOf(files) > piece && sizeOf(files) <= most ? piece : undefined);

/** The entries of a form as its submit would send them. */
export const contentOf = (form: HTMLFormElement, submitter: HTMLElement | null, withFiles: boolean): Content => entriesOf(new FormData(form, submitter), withFiles);

/** Entries; our own fields for browsers without scripts are left out. */
export function entriesOf(data: FormData, withFiles: boolean): Content {
  const files: File[] = [];
  const entries = [...data].flatMap(([name, value]): (string | number)[] =>
    name[0] === "$" ? []
    : typeof value === "string" ? [name, value]
    // A field in which no file was chosen has one without name and content.
    : withFiles && (value.name || value.size) ? [name, files.push(value) - 1]
    : [],
  );
  return { entries, files };
}

/** What tells contents from others. */
export const fingerprint = ({ entries, files }: Content): string => String([entries, files.map(({ name, size, lastModified }) => [name, size, lastModified])]);

/** Sends a body; only XMLHttpRequest tells how far that is. As long as it goes on there is no timeout. */
export const put = (address: string, body: FormData | Blob | null, headers: { [name: string]: string }, timeout: number, tell: (event: ProgressEvent) => void, signal?: AbortSignal): Promise<Response> =>
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
export async function upload(address: string, message: Uint8Array<ArrayBuffer>, files: File[], timeout: number, tell: (percent: number) => void): Promise<Response> {
  if (sizeOf(files) > most) throw new RangeError(texts.large);
  const parts = new FormData();
  parts.append(MESSAGE_PART, new Blob([message]));
  files.forEach((file, i) => parts.append(String(i), file));
  tell(0);
  return put(address, parts, { Accept: MEDIA_TYPE }, timeout, ({ loaded, total }) => tell(Math.round((100 * loaded) / total)));
}
