/** Files on their way to the server. */

import { MEDIA_TYPE, MESSAGE_PART } from "./protocol";
import { texts } from "./notices";

/** What a form or field has: in `entries` a file stands as its number among `files`. */
export interface Content {
  entries?: (string | number)[] | undefined;
  files: File[];
}

/** Bytes that the server takes in all. */
let most = Infinity;
export const limitUploads = (bytes: number): unknown => (most = bytes);

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

/** Sends a message with files; only XMLHttpRequest tells how far that is. `tell` is given whole per cents. */
export const upload = (address: string, message: Uint8Array<ArrayBuffer>, files: File[], timeout: number, tell: (percent: number) => void): Promise<Response> =>
  new Promise((resolve, reject) => {
    if (files.reduce((sum, { size }) => sum + size, 0) > most) throw new RangeError(texts.large);
    const parts = new FormData();
    parts.append(MESSAGE_PART, new Blob([message]));
    files.forEach((file, i) => parts.append(String(i), file));
    const request = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout>;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), timeout);
    };
    request.open("POST", address);
    request.setRequestHeader("Accept", MEDIA_TYPE);
    request.responseType = "arraybuffer";
    request.upload.onprogress = ({ loaded, total }) => {
      wait();
      tell(Math.round((100 * loaded) / total));
    };
    request.onloadend = () => {
      clearTimeout(timer);
      const { status, response } = request;
      if (!status) return reject(new TypeError());
      resolve(new Response((response as ArrayBuffer).byteLength ? response : null, { status, headers: { "Content-Type": request.getResponseHeader("Content-Type") ?? "", "Retry-After": request.getResponseHeader("Retry-After") ?? "" } }));
    };
    tell(0);
    wait();
    request.send(parts);
  });
