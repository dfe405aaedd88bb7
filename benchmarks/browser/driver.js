// In every page that is measured: clicks, and notes when the page shows what the click was for.
const find = (selector) => document.querySelector(selector);
const rows = () => find("#tbody").children;
const labelOf = (row) => row.children[1].firstChild;

/** What is clicked, and the condition that tells that it is done. */
const operations = {
  count() {
    const before = find("output").textContent;
    return [find("button"), () => find("output").textContent !== before];
  },
  run: () => [find("#run"), () => rows().length === 1000],
  add: (count = rows().length) => [find("#add"), () => rows().length === count + 1000],
  update() {
    const label = labelOf(rows()[990]);
    const { length } = label.textContent;
    return [find("#update"), () => label.textContent.length > length];
  },
  swap() {
    const [, second] = rows();
    return [find("#swaprows"), () => rows()[998] === second];
  },
  select() {
    const row = rows()[rows()[3].className ? 5 : 3];
    return [labelOf(row), () => row.className === "danger"];
  },
  remove() {
    const row = rows()[7];
    return [row.children[2].firstChild, () => !row.isConnected];
  },
  clear: () => [find("#clear"), () => !rows().length],
};

/** Milliseconds from the click until the page shows it (`dom`) and until that is painted, and those of the request in between. */
globalThis.measure = (operation) =>
  new Promise((resolve) => {
    const [element, isDone] = operations[operation]();
    performance.clearResourceTimings();
    let begin;
    let dom;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      const frame = performance.now() - begin;
      painted.port1.close();
      const [request] = performance.getEntriesByType("resource").filter(({ initiatorType }) => initiatorType === "fetch");
      const { requestStart, responseStart, responseEnd } = request;
      resolve({
        dom,
        frame,
        server: responseStart - requestStart,
        after: dom + begin - responseEnd,
      });
    };
    const observer = new MutationObserver(() => {
      if (!isDone()) return;
      dom = performance.now() - begin;
      observer.disconnect();
      // A frame is painted after its callbacks; a message comes behind that.
      requestAnimationFrame(() => painted.port2.postMessage(null));
    });
    observer.observe(find("main"), { childList: true, subtree: true, attributes: true, characterData: true });
    addEventListener("click", () => (begin = performance.now()), { capture: true, once: true });
    element.click();
  });

/** Milliseconds from the beginning of the navigation until clicks are heard (`dom`), and until something is painted (`frame`). */
let interactive;
const note = () => (interactive ??= performance.now());
// A script of type "module" has run by then; ours may start later, and says so.
addEventListener("DOMContentLoaded", () => find("#reactor") ?? note());
document.addEventListener("reactor:start", note);
globalThis.load = () =>
  new Promise((resolve) => {
    const look = () => {
      const [navigation] = performance.getEntriesByType("navigation");
      const [paint] = performance.getEntriesByName("first-contentful-paint");
      if (!paint || !interactive) return requestAnimationFrame(look);
      const { requestStart, responseStart, responseEnd } = navigation;
      resolve({ dom: interactive, frame: paint.startTime, server: responseStart - requestStart, after: interactive - responseEnd });
    };
    look();
  });
