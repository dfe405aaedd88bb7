import { expect, test, vi } from "vitest";
import type { Wire, WireMap } from "../src/codec";
import { entered, reenter } from "../src/entries";
import type { Definitions } from "./reference";
import { click, find, notice, type Page, responseOf, settled, shell, SHELL, startPage } from "./page";

const DEFINITIONS: Definitions = {
  1: ["main", [], ["h1", [], 0], ["button", ["@click", 1]], ["nav", [], 2]],
  2: ["a", ["href", 0, "data-prefetch", 1], 2],
};
const main = (title: string, ...links: string[]): Wire => [1, title, 3, [-1, ...links.map((each): Wire => [2, each, each === "/never" ? "false" : null, each])]];
const ALL = { ...SHELL, ...DEFINITIONS };
const OPTIONS = { pages: "/pages.json", build: "b" };

const message = (title: string, id: number, more: WireMap = {}): WireMap => ({
  p: 1,
  i: new Uint8Array([id]),
  v: 1,
  t: Object.entries(ALL).flatMap(([number, definition]) => [Number(number), definition as Wire]),
  r: shell(main(title, "/one", "/two")),
  s: new Uint8Array([id]),
  o: { ...OPTIONS, styles: [] },
  u: `/${title}`,
  ...more,
});

/** A page in a site whose other pages are answered when the test says so. */
async function site(links: string[] = ["/one", "/two"]): Promise<Page & { gets: string[]; come(address: string, page?: Wire): Promise<void> }> {
  const gets: string[] = [];
  const waiting = new Map<string, (response: Response) => void>();
  history.replaceState(null, "", "/");
  vi.spyOn(window, "scrollTo").mockImplementation(() => {});
  const page = await startPage(DEFINITIONS, main("start", ...links), {
    options: OPTIONS,
    get: (address) => {
      if (address.endsWith(".json")) return Promise.resolve(Response.json([["/[a-z0-9]*"], ["/unasked"]]));
      gets.push(new URL(address).pathname);
      return new Promise((resolve) => waiting.set(new URL(address).pathname, resolve));
    },
  });
  const come = async (address: string, given?: Wire): Promise<void> => {
    waiting.get(address)!(responseOf(200, given ?? message(address.slice(1), 9)));
    await settled();
  };
  return Object.assign(page, { gets, come });
}

const title = (): string => find("h1").textContent!;

test("link shows the page that comes, and its calls go to its own address", async () => {
  const page = await site();
  const nav = find("nav");
  await click('a[href="/two"]');
  expect(page.gets).toEqual(["/two"]);
  expect(document.documentElement.dataset.reactor).toBe("navigating");
  await page.come("/two");
  expect([title(), location.pathname, document.documentElement.dataset.reactor]).toEqual(["two", "/two", undefined]);
  expect(find("nav")).toBe(nav);
  await click("button");
  expect(page.addresses).toEqual(["http://page.test/two"]);
  expect(page.requests[0]!.i).toEqual(new Uint8Array([9]));
});

test("second click takes the place of the first", async () => {
  const page = await site();
  await click('a[href="/one"]');
  await click('a[href="/two"]');
  await page.come("/two");
  await page.come("/one");
  expect([title(), location.pathname]).toEqual(["two", "/two"]);
});

test("answer of a page that was left is not shown, and its next call goes to that page", async () => {
  const page = await site();
  await click("button");
  find("button").click();
  await click('a[href="/two"]');
  await page.come("/two");
  await page.calls[0]!.answer({ answer: { d: shell(main("wrong")), l: "/elsewhere" } });
  expect([title(), location.pathname]).toEqual(["two", "/two"]);
  expect(page.addresses).toEqual(["http://page.test/", "http://page.test/"]);
  expect(page.requests[1]).toMatchObject({ i: new Uint8Array([7]), v: 2 });
  await page.calls[0]!.answer({ status: 500, answer: { e: { c: "failed", m: "It failed." } } });
  expect(notice()?.textContent).toContain("It failed.");
  expect(title()).toBe("two");
});

test("redirect that brings its page needs no request, and may replace the entry", async () => {
  const page = await site();
  const entries = history.length;
  await click("button");
  await page.calls[0]!.answer({ answer: { s: new Uint8Array([8]), l: "/saved#part", y: [false, message("saved", 5)] } });
  expect([title(), location.pathname + location.hash, history.length]).toEqual(["saved", "/saved#part", entries + 1]);
  await click("button");
  await page.calls[0]!.answer({ answer: { l: "/other", y: [true, message("other", 6)] } });
  expect([title(), location.pathname, history.length]).toEqual(["other", "/other", entries + 1]);
  expect(page.gets).toEqual([]);
});

test("page is asked for again when a call was done while it was on its way", async () => {
  const page = await site();
  await click("button");
  await click('a[href="/two"]');
  await page.calls[0]!.answer();
  await page.come("/two", message("old", 4));
  expect([title(), page.gets]).toEqual(["start", ["/two", "/two"]]);
  await page.come("/two");
  expect(title()).toBe("two");
});

test("pages are asked for ahead, a few at once, used once, and not after a call", async () => {
  const page = await site(["/p1", "/p2", "/p3", "/p4", "/p5", "/unasked", "/never"]);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const turnTo = async (address: string): Promise<void> => {
    find(`a[href="${address}"]`).dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    vi.advanceTimersByTime(100);
    await settled();
  };
  for (const address of ["/unasked", "/never", "/p1", "/p1", "/p2", "/p3", "/p4", "/p5"]) await turnTo(address);
  expect(page.gets).toEqual(["/p1", "/p2", "/p3", "/p4"]);
  for (const address of ["/p1", "/p2", "/p3", "/p4"]) await page.come(address);
  await click('a[href="/p1"]');
  expect([title(), page.gets.length]).toEqual(["p1", 4]);
  await click("button");
  await page.calls[0]!.answer();
  await click('a[href="/two"]');
  expect(page.gets.at(-1)).toBe("/two");
});

test("what was entered comes back, but for passwords and what the page shows itself", () => {
  document.body.innerHTML = `<input name=a><input name=a><input type=password name=p><input type=checkbox name=c>
    <select name=s><option>1<option>2</select><textarea></textarea><input value=same>`;
  const [, second, secret, box] = document.querySelectorAll("input");
  Object.assign(second!, { value: "typed" });
  Object.assign(secret!, { value: "hidden" });
  Object.assign(box!, { checked: true });
  find<HTMLSelectElement>("select").value = "2";
  find<HTMLTextAreaElement>("textarea").value = "long";
  const kept = JSON.parse(JSON.stringify(entered())) as ReturnType<typeof entered>;
  expect(kept.length).toBe(4);
  document.body.innerHTML = String(document.body.innerHTML);
  reenter(kept);
  const [again, other, hidden, checked] = document.querySelectorAll("input");
  expect([again!.value, other!.value, hidden!.value, checked!.checked]).toEqual(["", "typed", "", true]);
  expect([find<HTMLSelectElement>("select").value, find<HTMLTextAreaElement>("textarea").value]).toEqual(["2", "long"]);
});
