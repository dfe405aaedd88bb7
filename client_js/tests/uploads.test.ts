import { beforeEach, expect, test, vi } from "vitest";
import { decode, type Wire, type WireMap } from "../src/codec";
import { SHELL, click, find, notice, responseOf, settled, startPage } from "./page";
import type { Definitions } from "./reference";

const DEFINITIONS: Definitions = {
  1: ["form", ["id", "f", "@submit", 0], ["input", ["name", "title"]], ["input", ["name", "file", "type", "file", "multiple", true]], 1],
  2: ["progress", ["id", 0, "value", 1]],
  3: ["p", ["id", 0], 1],
  4: ["input", ["id", "pick", "type", "file", "@change", 0]],
  5: ["main", [], 0],
  6: ["button", ["id", "b", "type", "button", "data-user-id", "7", "@click", 0]],
};
const FORM: Wire = [1, [20, { k: 1, f: ["files"] }], [-1, [2, "bar", [-11, 1]], [3, "name", [-7, null, "file"]], [3, "mine", [-6, [1], "yes", "no"]], [3, "others", [-6, [2], "yes", "no"]]]];

/** Requests that were sent, as the browser would send them; `progress` and `answer` play the network. */
class FakeRequest {
  static all: FakeRequest[] = [];
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onloadend?: () => void;
  status = 0;
  response = new ArrayBuffer(0);
  parts!: FormData;
  headers: { [name: string]: string } = {};
  isAborted = false;
  open(): void {}
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  getResponseHeader(): string {
    return "application/x-reactor";
  }
  send(parts: FormData): void {
    this.parts = parts;
    FakeRequest.all.push(this);
  }
  abort(): void {
    this.isAborted = true;
    this.onloadend!();
  }
  progress(loaded: number, total: number): void {
    this.upload.onprogress!({ loaded, total });
  }
  async message(): Promise<WireMap> {
    const bytes = await new Promise<ArrayBuffer>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result as ArrayBuffer);
      reader.readAsArrayBuffer(this.parts.get("$message") as Blob);
    });
    return decode(new Uint8Array(bytes)) as WireMap;
  }
  async answer(status: number, answer: WireMap): Promise<void> {
    this.status = status;
    this.response = await responseOf(status, answer).arrayBuffer();
    this.onloadend!();
    await settled();
  }
}

beforeEach(() => {
  FakeRequest.all = [];
});

/** Lets a person choose files. jsdom has no way to set them. */
function choose(selector: string, ...names: string[]): void {
  const files = names.map((name) => new File(["abc"], name, { lastModified: 1 }));
  Object.defineProperty(find(selector), "files", { value: files, configurable: true });
  // As jsdom reads them for FormData.
  const original = globalThis.FormData;
  vi.stubGlobal(
    "FormData",
    class extends original {
      constructor(form?: HTMLFormElement) {
        super(form);
        if (!form) return;
        this.delete("file");
        for (const file of names.length ? files : [new File([], "")]) this.append("file", file);
      }
    },
  );
}

async function start(content: Wire = FORM, options: WireMap = {}): Promise<Awaited<ReturnType<typeof startPage>>> {
  const page = await startPage(DEFINITIONS, [5, null], { options });
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  const { sync } = await import("../src/calls");
  sync();
  await settled();
  const t = Object.entries({ ...DEFINITIONS, ...SHELL }).flatMap(([n, d]) => [Number(n), d as Wire]);
  await page.calls[0]!.answer({ answer: { v: 2, r: [90, "en", null, [91, [5, content]]], t } });
  page.requests.length = 0;
  return page;
}

async function submit(): Promise<void> {
  find("#f").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  await settled();
}

const shown = (): (string | null)[] => [find("#bar").getAttribute("value"), ...["name", "mine", "others"].map((id) => find("#" + id).textContent)];

test("files follow their message, and stand in it as numbers", async () => {
  const page = await start();
  choose("[type=file]", "a.txt", "b.txt");
  await submit();
  expect(page.requests).toEqual([]);
  const [request] = FakeRequest.all as [FakeRequest];
  expect([...request.parts.keys()]).toEqual(["$message", "0", "1"]);
  expect((request.parts.get("1") as File).name).toBe("b.txt");
  expect(request.headers).toEqual({ Accept: "application/x-reactor" });
  const message = await request.message();
  expect(message.f).toEqual(["title", "", "file", 0, "file", 1]);
  expect(message.s).toBeInstanceOf(Uint8Array);
});

test("without a chosen file, or for an action that takes none, it is a call as any other", async () => {
  const page = await start();
  choose("[type=file]");
  await submit();
  expect(page.requests.map(({ f }) => f)).toEqual([["title", ""]]);
  await page.calls[0]!.answer();
  const other = await start([1, [20, { k: 1 }], null]);
  choose("[type=file]", "a.txt");
  await submit();
  expect(other.requests.map(({ f }) => f)).toEqual([["title", ""]]);
  expect(FakeRequest.all).toEqual([]);
});

test("progress is shown as it comes, and ends with the answer", async () => {
  await start();
  expect(shown()).toEqual([null, "", "no", "no"]);
  choose("[type=file]", "a.txt");
  await submit();
  expect(shown()).toEqual(["0", "a.txt", "yes", "no"]);
  const [request] = FakeRequest.all as [FakeRequest];
  request.progress(1, 3);
  expect(shown()).toEqual(["33", "a.txt", "yes", "no"]);
  request.progress(3, 3);
  expect(shown()[0]).toBe("100");
  await request.answer(200, { b: 2, v: 3 });
  expect(shown()).toEqual([null, "", "no", "no"]);
});

test("the same files are not sent twice at a time, others are", async () => {
  await start();
  choose("[type=file]", "a.txt");
  await submit();
  await submit();
  choose("[type=file]", "b.txt");
  await submit();
  await FakeRequest.all[0]!.answer(200, { b: 2, v: 3 });
  expect(FakeRequest.all.map(({ parts }) => (parts.get("0") as File).name)).toEqual(["a.txt", "b.txt"]);
  await FakeRequest.all[1]!.answer(200, { b: 2, v: 3 });
  expect(FakeRequest.all.length).toBe(2);
});

test("as long as it goes on there is no timeout; after one it is sent again under the same id", async () => {
  vi.useFakeTimers();
  await start(FORM, { timeout: 1 });
  choose("[type=file]", "a.txt");
  await submit();
  const [request] = FakeRequest.all as [FakeRequest];
  for (let i = 1; i < 6; i++) {
    await vi.advanceTimersByTimeAsync(900);
    request.progress(i, 10);
  }
  expect(request.isAborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1100);
  expect(request.isAborted).toBe(true);
  expect(shown()[0]).toBe("50");
  await vi.advanceTimersByTimeAsync(1000);
  expect(FakeRequest.all.length).toBe(2);
  expect(shown()[0]).toBe("0");
  vi.useRealTimers();
  expect((await FakeRequest.all[1]!.message()).c).toEqual((await request.message()).c);
});

test("what is larger than the server takes is told, and not sent", async () => {
  await start(FORM, { upload: 5 });
  choose("[type=file]", "a.txt", "b.txt");
  await submit();
  expect(FakeRequest.all).toEqual([]);
  expect(notice()!.textContent).toContain("too large");
  expect(shown()[0]).toBeNull();
});

test("a field's own event brings its files", async () => {
  const page = await start([4, [21, { f: ["files"] }]]);
  choose("#pick", "a.txt");
  find("#pick").dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
  const [request] = FakeRequest.all as [FakeRequest];
  expect((await request.message()).e).toEqual({ files: [0] });
  await request.answer(200, { b: 2, v: 3 });
  choose("#pick");
  find("#pick").dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
  expect(page.requests.map(({ e }) => e)).toEqual([{ files: [] }]);
});

test("the data of the element is told as Python names it", async () => {
  const page = await start([6, [22, { f: ["dataset"] }]]);
  await click("#b");
  expect(page.requests.map(({ e }) => e)).toEqual([{ dataset: { user_id: "7" } }]);
});

/** What was sent so far of files in pieces: where, and how much; without a place it was asked. */
const pieces = (): [string | undefined, number][] => FakeRequest.all.map(({ headers, parts }) => [headers["reactor-offset"], (parts as unknown as Blob | null)?.size ?? 0]);

test("larger files are begun, sent in pieces, and named by their call; a cut is asked about", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  sessionStorage.clear();
  const page = await start(FORM, { piece: 2 });
  choose("[type=file]", "a.txt", "b.txt");
  await submit();
  await vi.dynamicImportSettled();
  await settled();
  const [{ request, answer }] = page.calls as [(typeof page.calls)[0]];
  expect([request.f, request.l]).toEqual([["title", "", "file", 0, "file", 1], [["a.txt", 3, ""], ["b.txt", 3, ""]]]);
  await answer({ answer: { o: [["A", 0], null] } });
  expect(FakeRequest.all[0]!.headers).toEqual({ "Content-Type": "application/x-reactor-piece", "reactor-upload": "A", "reactor-offset": "0", Accept: "application/x-reactor" });
  await FakeRequest.all[0]!.answer(200, { o: 2 });
  expect(shown()[0]).toBe("67");
  FakeRequest.all[1]!.abort();
  await vi.advanceTimersByTimeAsync(1000);
  await settled();
  await FakeRequest.all[2]!.answer(200, { o: 2 });
  await FakeRequest.all[3]!.answer(200, { o: 3 });
  expect(pieces()).toEqual([["0", 2], ["2", 1], [undefined, 0], ["2", 1]]);
  expect([page.requests[1]!.l, page.requests[1]!.c]).toEqual([["A", null], request.c]);
  expect(sessionStorage.length).toBe(1);
  await page.calls[0]!.answer();
  expect([shown()[0], sessionStorage.length]).toEqual([null, 0]);
});

test("what was kept no more is begun again, unless the call may have been run", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const page = await start(FORM, { piece: 2 });
  choose("[type=file]", "a.txt");
  await submit();
  await vi.dynamicImportSettled();
  await settled();
  const gone = (): object => ({ status: 409, response: responseOf(409, { e: { c: "pieces", m: "Gone." } }) });
  await page.calls[0]!.answer({ answer: { o: [["A", 3]] } });
  await page.calls[0]!.answer(gone());
  expect(page.requests.map(({ l }) => l)).toEqual([[["a.txt", 3, ""]], ["A"], [["a.txt", 3, ""]]]);
  await page.calls[0]!.answer({ answer: { o: [["B", 3]] } });
  await page.calls[0]!.answer({ response: new TypeError() });
  await vi.advanceTimersByTimeAsync(1000);
  await settled();
  await page.calls[0]!.answer(gone());
  expect([page.requests.length, notice()!.textContent]).toEqual([5, expect.stringContaining("Gone.")]);
});

test("an upload is paused, and shows that it is", async () => {
  const page = await start([1, [20, { k: 1, f: ["files"] }], [-1, [2, "bar", [-11, 1]], [3, "name", [-6, { p: 1 }, "paused", "no"]], [3, "mine", [-6, { p: null }, "paused", "no"]], [3, "others", [-6, { p: 2 }, "paused", "no"]]]], { piece: 2 });
  choose("[type=file]", "a.txt");
  await submit();
  await vi.dynamicImportSettled();
  await settled();
  await page.calls[0]!.answer({ answer: { o: [["A", 0]] } });
  const { run } = await import("../src/effects");
  run([[12, null, true]], find("#bar"));
  await settled();
  expect([FakeRequest.all[0]!.isAborted, ...shown().slice(1)]).toEqual([true, "paused", "paused", "no"]);
  expect(FakeRequest.all.length).toBe(1);
  run([[12, "#f", null]], find("#bar"));
  await settled();
  expect(shown().slice(1)).toEqual(["no", "no", "no"]);
  await FakeRequest.all[1]!.answer(200, { o: 1 });
  expect(pieces()).toEqual([["0", 2], [undefined, 0], ["1", 2]]);
});
