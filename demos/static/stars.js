// <star-rating value="3">: a custom element that knows nothing of reactor. It tells of a choice by an event.
const style = new CSSStyleSheet();
style.replaceSync(`
  button { font: inherit; font-size: 1.75rem; line-height: 1.2; padding: 0 .1em; border: 0; background: none; color: inherit; cursor: pointer }
`);

customElements.define(
  "star-rating",
  class extends HTMLElement {
    static observedAttributes = ["value"];

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style];
      this.buttons = [1, 2, 3, 4, 5].map((stars) => {
        const button = document.createElement("button");
        button.setAttribute("aria-label", `${stars} of 5`);
        button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("rate", { detail: { stars } })));
        return button;
      });
      root.append(...this.buttons);
    }

    attributeChangedCallback(name, before, value) {
      this.buttons.forEach((button, at) => {
        button.textContent = at < value ? "★" : "☆";
        button.setAttribute("aria-pressed", String(at + 1 === Number(value)));
      });
    }
  },
);
