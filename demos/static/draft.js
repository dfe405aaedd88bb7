// Calls the action that the page refers to in data-save, while somebody writes.
const draft = document.querySelector("#draft");
const [text, status] = draft.children;
let timer;

async function save() {
  try {
    const { words } = await reactor.call(draft.dataset.save, { content: text.value });
    status.textContent = words === 1 ? "Saved one word." : `Saved ${words} words.`;
  } catch (error) {
    status.textContent = error.fields.content ?? error.message;
  }
}

text.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(save, 300);
});
