// A box whose content grows at the end: it follows the end, as long as the person is there. Who has scrolled up stays
// where they read, and sees a button that leads back. When its options change, the person has done something themselves.
const NEAR = 32;

reactor.hook("Follow", {
  mounted() {
    const box = this.element;
    const button = box.parentElement.querySelector(".to-end");
    this.isAtEnd = true;
    this.before = 0;
    box.addEventListener("scroll", () => this.look(), { passive: true });
    button?.addEventListener("click", () => {
      this.toEnd();
      box.focus({ preventScroll: true });
    });
    this.sizes = new ResizeObserver(() => (this.isAtEnd ? this.toEnd() : this.look()));
    for (const each of [box, ...box.children]) this.sizes.observe(each);
  },

  updated() {
    this.toEnd();
  },

  destroyed() {
    this.sizes.disconnect();
  },

  // What comes may be taller than a line, before it was scrolled to: only who goes up has left the end.
  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR;
    this.isAtEnd = isNear || (this.isAtEnd && scrollTop >= this.before);
    this.before = scrollTop;
    // At the very top a browser would show what comes in front, instead of what one reads.
    if (!scrollTop && !isNear) this.element.scrollTop = 1;
    this.element.toggleAttribute("data-away", !this.isAtEnd);
  },

  toEnd() {
    this.isAtEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
    this.look();
  },
});
