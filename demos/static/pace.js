// How fast a form's files go, and how long the rest will take: as the client tells of what was sent.

const SECONDS = 4;

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

const duration = (seconds) =>
  seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

reactor.hook("Pace", {
  mounted() {
    const form = this.element.closest("form");
    let told = [];
    const clear = () => {
      told = [];
      this.element.textContent = "";
    };
    this.listener = ({ detail: { sent, total } }) => {
      const now = performance.now();
      told = [...told.filter(([time]) => now - time < SECONDS * 1000), [now, sent]];
      const [since, before] = told[0];
      const speed = (1000 * (sent - before)) / (now - since);
      const text = [`${megabytes(sent)} of ${megabytes(total)}`];
      if (speed > 0 && sent < total) text.push(`${megabytes(speed)}/s`, `${duration((total - sent) / speed)} left`);
      if (sent === total) text.push("being looked at");
      this.element.textContent = text.join(" · ");
    };
    form.addEventListener("reactor:progress", this.listener);
    // What was sent is over with the answer.
    this.watcher = new MutationObserver(() => form.getAttribute("aria-busy") ?? clear());
    this.watcher.observe(form, { attributeFilter: ["aria-busy"] });
  },
  destroyed() {
    this.watcher.disconnect();
  },
});
