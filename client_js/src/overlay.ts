/** In development only, loaded when it is needed: shows where in the application's code a call has failed. */

import type { Wire } from "./codec";

/** File, line, function, number of the first line of the source, the lines. */
type Frame = [string, number, string, number, ...string[]];
/** Type and message of an exception, and the frames that it has come through. */
type Raised = [string, Frame[]];

let shown: HTMLDialogElement | undefined;

/** An element with what is in it. */
function make(tag: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** Shows a traceback (`t` of an error) until it is dismissed; the page beneath stays as it is. */
export function show(trace: Wire): void {
  const [path, ...chain] = trace as unknown as [string, ...Raised[]];
  shown?.remove();
  const dialog = (shown = document.createElement("dialog"));
  dialog.className = "reactor-overlay";
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("./overlay.css", import.meta.url).href;
  const close = make("button", "", "Close") as HTMLButtonElement;
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  const heading = make("h1", "", chain[0]![0]);
  heading.id = "reactor-overlay";
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(sheet, close, heading, make("p", "path", path), ...chain.map(raised));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function raised([title, frames]: Raised, index: number): HTMLElement {
  const items: HTMLElement[] = [];
  let foreign: Frame[] = [];
  const fold = (): void => {
    if (!foreign.length) return;
    const label = foreign.length > 1 ? `${foreign.length} frames of libraries` : "1 frame of a library";
    const list = make("ol", "", ...foreign.map((frame) => make("li", "", place(frame))));
    items.push(make("li", "foreign", make("details", "", make("summary", "", label), list)));
    foreign = [];
  };
  for (const frame of [...frames].reverse()) {
    if (frame.length > 4) {
      fold();
      items.push(make("li", "", place(frame), source(frame)));
    } else foreign.push(frame);
  }
  fold();
  return make("section", "", ...(index ? [make("h2", "", `Because of ${title}`)] : []), make("ol", "", ...items));
}

const place = ([file, line, name]: Frame): HTMLElement => make("p", "place", make("b", "", name), " in ", make("code", "", `${file}:${line}`));

function source([, line, , first, ...lines]: Frame): HTMLElement {
  const pre = make("pre", "", ...lines.map((text, index) => make("span", first + index === line ? "line failed" : "line", `${String(first + index).padStart(5)}  ${text}\n`)));
  pre.tabIndex = 0;
  return pre;
}
