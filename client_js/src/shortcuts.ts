/** Ctrl+Enter, or Command+Enter, in a text area sends its form as Enter does in a field of one line. */

import { tree } from "./calls";
import { isMap } from "./codec";
import { parentOf } from "./dom";

const COMBINATIONS = ["Ctrl+Enter", "Meta+Enter"];

export function listenForShortcuts(): void {
  addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey } = event;
    if (key !== "Enter" || !(ctrlKey || metaKey) || event.defaultPrevented || event.isComposing || !(target instanceof HTMLTextAreaElement)) return;
    const { form } = target;
    const button = [...document.querySelectorAll<HTMLButtonElement>("button,input")].find((each) => each.form === form && /^(submit|image)$/.test(each.type));
    if (!form || !(tree.handler(form, "submit") ?? (button && tree.handler(button, "submit")))) return;
    // Who has a handler for these keys means something else.
    for (let node: Node | null = target; node instanceof Element; node = parentOf(node)) {
      const handler = tree.handler(node, "keydown");
      if (isMap(handler ?? undefined) && COMBINATIONS.some((each) => each in (handler as object))) return;
    }
    if (button) button.click();
    else HTMLFormElement.prototype.requestSubmit.call(form);
  });
}
