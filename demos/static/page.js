// An element with `autofocus` that comes into a page which is open gets the focus, as it would in a new page.
new MutationObserver((records) => {
  for (const { addedNodes } of records) {
    for (const node of addedNodes) {
      if (!(node instanceof HTMLElement)) continue;
      const field = node.autofocus ? node : node.querySelector("[autofocus]");
      field?.focus();
      if (field?.type === "text") field.setSelectionRange(field.value.length, field.value.length);
    }
  }
}).observe(document.body, { childList: true, subtree: true });

// A form with `data-clear` is empty as soon as it is sent, so that one can go on typing. What was sent is kept with the
// call until it is answered.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented && event.target.matches("form[data-clear]")) event.target.reset();
});
