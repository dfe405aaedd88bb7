/** Actions that stand alone: a `data-…` attribute of the page refers to one, and a script calls it. */

import { call } from "./calls";
import { fromText, type Wire, type WireMap } from "./codec";
import { QUEUES } from "./protocol";
import type { Content } from "./contents";
import { load, more } from "./parts";
import { promised } from "./promises";

/** Calls of scripts wait for each other, and for nothing else; no component has this number. */
const QUEUE = 2 ** 32 * QUEUES;

/** A value of a script's as data. */
function data(value: unknown): Wire {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Blob) throw new TypeError("A file is sent in a FormData.");
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return value as Wire;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value) || value instanceof Set) return [...value].map(data);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined).map(([name, item]) => [String(name), data(item)]));
}

/**
 * Calls an action. The promise ends with what it returned, or with an error that has `code`, `message` and `fields`.
 *
 * `reference` is the text of the attribute, `given` its arguments by name, or a form's content.
 */
export function callReference(reference: string, given: object = {}): Promise<Wire> {
  if (given instanceof FormData && !more.entriesOf) return load(["fields"])!.then(() => callReference(reference, given));
  const { entries, files }: Content = given instanceof FormData ? more.entriesOf!(given, true) : { files: [] };
  const fields = entries ? undefined : (data(given) as WireMap);
  const element = document.documentElement;
  return promised((end) =>
    call({
      element,
      type: "call",
      target: element,
      mark: () => QUEUE,
      reference: fromText(reference),
      order: 0,
      fields,
      form: null,
      shows: [],
      entries,
      files,
      progress: 0,
      controls: [],
      stays: true,
      end,
      after: undefined,
      source: () => undefined,
      address: () => undefined,
    }),
  );
}
