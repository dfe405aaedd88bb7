/** Pages that are still being sent: the start waits until what the server has put into them is there. */

import { having, more } from "./parts";

export const KIND = 'script[type="application/reactor"]';
export const isLoading = (): boolean => document.readyState === "loading";
/** Whether an element is there to its end. */
export const isThere = (script: Node | null): script is Node => !!script && (!!script.nextSibling || !isLoading());

/** Starts with what the server has put into the page, as soon as it is there. */
export function whenThere(start: (data: string) => void): void {
  const block = document.querySelector(KIND);
  if (isThere(block)) start(block.textContent!);
  else if (isLoading()) having(["streams"], () => more.awaitPage!(start));
}
