/** A page that is still being sent, and the slow parts in it. */

import { isLoading, isThere, KIND } from "./arriving";
import { decode, fromText, type WireMap } from "./codec";
import type { Tell } from "./frames";
import { COMPLETE_COOKIE, FRAME_ATTRIBUTE } from "./protocol";

/** Looks now, and whenever something comes, until there is nothing more to look for. */
function look(at: Node, work: () => boolean): void {
  const again = (): void => {
    if (!work() && isLoading()) return;
    observer.disconnect();
    document.removeEventListener("readystatechange", again);
  };
  const observer = new MutationObserver(again);
  observer.observe(at, { childList: true, subtree: at === document });
  document.addEventListener("readystatechange", again);
  again();
}

/** Starts with what the server has put into the page, as soon as it is there. */
export function awaitPage(start: (data: string) => void): void {
  look(document, () => {
    const block = document.querySelector(KIND);
    const isStarted = isThere(block);
    if (isStarted) start(block.textContent!);
    return isStarted;
  });
}

/** Tells the frames that come in the page, and at its end nothing; also when nothing has come for so many milliseconds. */
export const framesInPage = (silence: number) => (tell: Tell): void => {
  let timer: ReturnType<typeof setTimeout>;
  let isOver = false;
  const end = (): void => {
    if (!isOver) tell();
    isOver = true;
  };
  look(document.body, () => {
    clearTimeout(timer);
    for (let script; isThere((script = document.querySelector(`${KIND}[${FRAME_ATTRIBUTE}]`))); ) {
      (script as Element).remove();
      tell(decode(fromText(script.textContent!)) as WireMap);
    }
    // A page that breaks off is loading for ever.
    if (isLoading()) timer = setTimeout(end, silence);
    else end();
    return !isLoading();
  });
};

/** This browser runs scripts: it need not get complete pages. */
export function forgetComplete(): void {
  if (document.cookie.includes(COMPLETE_COOKIE)) document.cookie = `${COMPLETE_COOKIE}=; path=/; max-age=0`;
}
