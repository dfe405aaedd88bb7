const body = document.querySelector("tbody");
const model = document.querySelector("template").content.firstElementChild;

/** By id: the row, and the text nodes that show its id and label. */
const rows = new Map();
let selected = body.querySelector(".danger");

function keep(row) {
  const [first, second] = row.children;
  const id = first.firstChild;
  const entry = { row, id, label: second.firstChild.firstChild };
  row.key = Number(id.data);
  rows.set(row.key, entry);
}
for (const row of body.children) keep(row);

function add(items) {
  const fragment = document.createDocumentFragment();
  for (const [id, label] of items) {
    const row = model.cloneNode(true);
    const first = row.firstChild;
    const text = first.nextSibling.firstChild.firstChild;
    first.firstChild.data = id;
    text.data = label;
    row.key = id;
    rows.set(id, { row, label: text });
    fragment.append(row);
  }
  body.append(fragment);
}

function clear() {
  rows.clear();
  body.textContent = "";
  selected = null;
}

const shows = {
  run(items) {
    clear();
    add(items);
  },
  add,
  clear,
  update(items) {
    for (const [id, label] of items) rows.get(id).label.data = label;
  },
  swaprows([first, second]) {
    const [one, other] = [rows.get(first).row, rows.get(second).row];
    const place = one.nextSibling;
    other.before(one);
    body.insertBefore(other, place);
  },
  select({ id }) {
    selected?.removeAttribute("class");
    selected = rows.get(id).row;
    selected.className = "danger";
  },
  remove({ id }) {
    rows.get(id).row.remove();
    rows.delete(id);
  },
};

async function run(operation, data) {
  const response = await fetch(`${location.pathname}/${operation}`, {
    method: "POST",
    headers: data && { "Content-Type": "application/json" },
    body: data && JSON.stringify(data),
  });
  shows[operation](await response.json());
}

for (const button of document.querySelectorAll("button")) button.addEventListener("click", () => run(button.id));
body.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  run(link.firstElementChild ? "remove" : "select", { id: link.closest("tr").key });
});
