// In every page that is measured: clicks, and notes when the page shows what the click was for.
const byId = (id) => document.getElementById(id);
const rows = () => document.querySelector("tbody")?.rows ?? [];
const text = (row, cell) => row.cells[cell].textContent.trim();
const link = (row, cell) => row.cells[cell].querySelector("a");

/** What is clicked, and the condition that tells that it is done. */
const operations = {
  count() {
    const before = byId("count").textContent;
    return [byId("inc"), () => byId("count").textContent !== before];
  },
  run() {
    const before = rows().length && text(rows()[0], 0);
    return [byId("run"), () => rows().length === 1000 && text(rows()[0], 0) !== before];
  },
  update() {
    const every10th = () => [...rows()].filter((_, index) => index % 10 === 0).map((row) => text(row, 1));
    const before = every10th();
    return [byId("update"), () => every10th().every((label, index) => label === `${before[index]} !!!`)];
  },
  select() {
    const index = rows()[4].className === "danger" ? 5 : 4;
    const isSelected = (row) => row.className === "danger";
    return [link(rows()[index], 1), () => isSelected(rows()[index]) && [...rows()].filter(isSelected).length === 1];
  },
  swap() {
    const [second, last] = [1, 998].map((index) => text(rows()[index], 0));
    return [byId("swaprows"), () => text(rows()[1], 0) === last && text(rows()[998], 0) === second];
  },
  remove() {
    const [id, { length }] = [text(rows()[7], 0), rows()];
    return [link(rows()[7], 2), () => rows().length === length - 1 && text(rows()[7], 0) !== id];
  },
  add() {
    const { length } = rows();
    return [byId("add"), () => rows().length === length + 1000];
  },
  clear: () => [byId("clear"), () => !rows().length],
};

const LONGEST = 60_000;

/** Whenever the page has changed: looks whether this is what was waited for. */
function whenChanged(isDone) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`not done within ${LONGEST} ms`)), LONGEST);
    const observer = new MutationObserver(() => {
      if (!isDone()) return;
      resolve(performance.now());
      observer.disconnect();
      clearTimeout(limit);
    });
    observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  });
}

/** Milliseconds from the click until the page shows what it was for. */
globalThis.measureClick = async (operation) => {
  const [element, isDone] = operations[operation]();
  const done = whenChanged(isDone);
  const begin = performance.now();
  element.click();
  return (await done) - begin;
};

/** Milliseconds from the beginning of the navigation until something is painted, and until a click is answered for the first time. A click is made each `period` ms. */
globalThis.measureArrival = async (period = 10) => {
  const painted = new Promise((resolve) => {
    const note = (list) => list.getEntriesByName("first-contentful-paint").forEach((paint) => resolve(paint.startTime));
    new PerformanceObserver(note).observe({ type: "paint", buffered: true });
  });
  const isThere = () => byId("inc") && byId("count");
  if (!isThere()) await whenChanged(isThere);
  const answered = whenChanged(() => isThere() && byId("count").textContent !== "0");
  const clicking = setInterval(() => byId("inc")?.click(), period);
  const done = await answered;
  clearInterval(clicking);
  return { painted: await painted, answered: done };
};
