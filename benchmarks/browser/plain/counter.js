const output = document.querySelector("output");
let count = 0;

async function increment() {
  const response = await fetch("/count", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ count }),
  });
  ({ count } = await response.json());
  output.textContent = count;
}

document.querySelector("button").addEventListener("click", increment);
