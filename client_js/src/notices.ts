/** Sentences for the person: one at a time, at the end of the page. */

import { served } from "./calls";
import type { WireMap } from "./codec";

const SECONDS = 8;

const STYLE = `.reactor-notice{position:fixed;inset:auto 0 1rem;z-index:9999;width:fit-content;max-width:90%;margin:auto;
padding:.75rem 1rem;display:flex;gap:1rem;font:1rem system-ui;color:Canvas;background:CanvasText;border-radius:.5rem}
.reactor-notice[role=alert]{color:#fff;background:#b3261e}
.reactor-notice button{font:inherit;color:inherit;background:none;border:1px solid;border-radius:.25rem}
`;

/** What we say; an application may give its own words in `options.texts`. */
export const texts = {
  again: "Try again",
  dismiss: "Dismiss",
  changed: "This has changed in the meantime. Nothing was done.",
  failed: "That did not work. Please try again.",
  large: "These files are too large to be sent at once.",
  unreachable: "The server cannot be reached. What you did is kept here.",
  ...((served?.o as WireMap | undefined)?.texts as object | undefined),
};

let shown: HTMLElement | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let isStyled = false;

function style(): void {
  if (isStyled || !document.adoptedStyleSheets) return;
  isStyled = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  // First, so that a rule of the page wins over ours.
  document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets];
}

/** Takes the notice away. */
export function dismiss(): void {
  clearTimeout(timer);
  shown?.remove();
  shown = null;
}

/**
 * Shows a sentence in place of the one before. One that reports a failure stays until it is dismissed; `again` is what
 * its button "Try again" does.
 */
export function notify(message = texts.failed, isFailure = true, again?: () => void): void {
  dismiss();
  style();
  const notice = (shown = document.createElement("div"));
  notice.className = "reactor-notice";
  notice.setAttribute("role", isFailure ? "alert" : "status");
  document.body.append(notice);
  const text = document.createElement("span");
  notice.append(text);
  const button = (label: string, act?: () => void): void => {
    const element = document.createElement("button");
    element.type = "button";
    element.textContent = label;
    element.addEventListener("click", () => {
      dismiss();
      act?.();
    });
    notice.append(element);
  };
  if (again) button(texts.again, again);
  button(texts.dismiss);
  // Text that comes into a status that is there already is read out.
  text.textContent = message;
  if (!isFailure) timer = setTimeout(dismiss, SECONDS * 1000);
}
