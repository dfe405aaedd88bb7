/** What forms send. */

import type { WireMap } from "./codec";

/** What a form or field has: in `entries` a file stands as its number among `files`. */
export interface Content {
  entries?: (string | number)[] | undefined;
  files: File[];
}

/** What a submit sends to a handler: the entries of a form as the browser would send them. */
export const contentOf = (form: Element, { submitter }: SubmitEvent, { f }: WireMap): Content =>
  entriesOf(new FormData(form as HTMLFormElement, submitter), !!f && (f as string[]).includes("files"));

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
const fingerprint = ({ entries, files }: Content): string => String([entries, files.map(({ name, size, lastModified }) => [name, size, lastModified])]);

export const isSame = (one: Content, other: Content): boolean => fingerprint(one) === fingerprint(other);
