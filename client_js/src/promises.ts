/** Calls that a script makes and waits for. */

import type { End } from "./calls";
import type { Wire } from "./codec";
import { nameOf } from "./dom";
import { handlersOf, react } from "./events";
import { having, more } from "./parts";
import { CHANGED } from "./protocol";

/** What a script that calls is given: ends with what the action returned, or with what went wrong. */
export function promised(start: (end: End) => void): Promise<Wire> {
  const asked = new Promise<Wire>((resolve, reject) => {
    start((error, result) => {
      if (!error) return resolve(result ?? null);
      const { c: code, m: message, f: fields = {} } = error;
      having(["recovery"], () => {
        const said = message ?? (code === CHANGED ? more.texts!.changed : "Not called.");
        reject(Object.assign(new Error(said as string), { name: "CallError", code, fields }));
      });
    });
  });
  // The person is told of what went wrong; nobody has to wait for it.
  asked.catch(() => {});
  return asked;
}

/**
 * Calls an element's handler for an event, as the page's own script wants it. The promise ends with what the action returned, or
 * with an error that has `code`, `message` and `fields`.
 */
export function ask(element: Element, type: string, data: object = {}): Promise<Wire> {
  const [handler] = handlersOf(element, type);
  if (!handler) throw new TypeError(`<${nameOf(element)}> has no handler for the event "${type}"`);
  return promised((end) => react(handler, type, new CustomEvent(type, { detail: data }), element, element, end));
}
