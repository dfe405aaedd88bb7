// A bar chart: drawn anew when its options are others, in motion from the old ones to the new. A bar that is pressed
// calls the server.
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;

reactor.hook("Chart", {
  mounted() {
    this.chart = document.createElementNS(SVG, "svg");
    this.chart.setAttribute("role", "group");
    this.told = document.createElement("p");
    this.told.setAttribute("role", "status");
    this.element.append(this.chart, this.told);
    this.draw();
  },

  updated(before) {
    this.draw(before.values);
  },

  draw(before = []) {
    const { title, values } = this.options;
    const width = HEIGHT / values.length;
    this.chart.setAttribute("viewBox", `0 0 ${2 * HEIGHT} ${HEIGHT}`);
    this.chart.setAttribute("aria-label", title);
    this.chart.replaceChildren(...values.map((value, at) => this.bar(value, at, width, before[at] ?? 0)));
  },

  bar(value, at, width, before) {
    const bar = document.createElementNS(SVG, "rect");
    const set = (attributes) => Object.entries(attributes).forEach(([name, text]) => bar.setAttribute(name, text));
    set({ x: 2 * at * width + 1, y: HEIGHT - value, width: 2 * width - 2, height: value, rx: 1 });
    set({ role: "button", tabindex: 0, "aria-label": `Day ${at + 1}: ${value}` });
    bar.addEventListener("click", () => this.choose(at));
    bar.addEventListener("keydown", ({ key }) => key === "Enter" && this.choose(at));
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      bar.animate([{ transform: `scaleY(${before / value})` }, { transform: "none" }], { duration: 200, easing: "ease-out" });
    }
    return bar;
  },

  async choose(at) {
    try {
      const { day, visitors } = await this.call("select", { day: at });
      this.told.textContent = `${day}: ${visitors} visitors`;
    } catch (error) {
      this.told.textContent = error.fields.day ?? error.message;
    }
  },
});
