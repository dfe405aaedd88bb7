import { afterEach, expect, test, vi } from "vitest";
import { encode, type Wire, type WireMap } from "../src/codec";
import { messageIn, restOf } from "../src/frames";
import { awaitPage as whenThere, framesInPage } from "../src/page_frames";
import { STREAM_TYPE } from "../src/protocol";

const turn = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve));
const loading = (state: DocumentReadyState): unknown => vi.spyOn(document, "readyState", "get").mockReturnValue(state);
const text = (message: Wire): string => btoa(String.fromCharCode(...encode(message)));

function script(content: string, attribute?: string): HTMLScriptElement {
  const made = document.createElement("script");
  made.type = "application/reactor";
  if (attribute) made.setAttribute(attribute, "");
  made.textContent = content;
  return made;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  document.body.replaceChildren();
});

test("a page starts when its data are there to their end, while the rest is still being sent", async () => {
  loading("loading");
  const started: string[] = [];
  whenThere((data) => started.push(data));
  const block = script("da");
  document.body.append(block);
  await turn();
  expect(started).toEqual([]);
  block.textContent += "ta";
  block.after(document.createComment(""));
  await turn();
  expect(started).toEqual(["data"]);
});

test("frames in a page are told in their order, and its end once", async () => {
  loading("loading");
  const told: (WireMap | undefined)[] = [];
  framesInPage(1000)((frame) => told.push(frame));
  document.body.append(script(text({ v: 2, f: 3 }), "data-frame"), document.createComment(""), script(text({ v: 3 }), "data-frame"));
  await turn();
  expect(told).toEqual([{ v: 2, f: 3 }]);
  loading("interactive");
  document.dispatchEvent(new Event("readystatechange"));
  document.dispatchEvent(new Event("readystatechange"));
  expect(told).toEqual([{ v: 2, f: 3 }, { v: 3 }, undefined]);
});

test("a page from which nothing comes any more has ended", () => {
  vi.useFakeTimers();
  loading("loading");
  const told: (WireMap | undefined)[] = [];
  framesInPage(1000)((frame) => told.push(frame));
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([undefined]);
});

test("what follows an answer is kept until somebody asks for it", async () => {
  const frame = (message: Wire): number[] => {
    const bytes = encode(message);
    return [...new Uint8Array(new Uint32Array([bytes.length]).buffer).reverse(), ...bytes];
  };
  const messages: Wire[] = [{ v: 2, f: 1 }, { v: 3, f: 3 }, { v: 4, f: 3 }, { v: 5 }];
  const body = new Uint8Array(messages.flatMap(frame));
  const parts: WireMap[] = [];
  const response = new Response(body, { headers: { "Content-Type": STREAM_TYPE } });
  const answer = (await messageIn(response, () => {}, (part) => parts.push(part))) as WireMap;
  expect([parts, answer]).toEqual([[{ v: 2, f: 1 }], { v: 3, f: 3 }]);
  await turn();
  const told: (WireMap | undefined)[] = [];
  restOf(answer)((each) => told.push(each));
  expect(told).toEqual([{ v: 4, f: 3 }, { v: 5 }, undefined]);
});
