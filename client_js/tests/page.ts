/** A page as it is served, with the client started in it, and a server that answers what a test says. */

import { afterEach, vi } from "vitest";
import { decode, encode, type Wire, type WireMap } from "../src/codec";
import type { Part } from "../src/parts";
import { MEDIA_TYPE } from "../src/protocol";
import { type Definitions, html, outline } from "./reference";

export const SHELL: Definitions = {
  90: ["html", ["lang", 0], ["head", [], 1], 2],
  91: ["body", [], 0],
};
export const shell = (content: Wire): Wire => [90, "en", null, [91, content]];
/** A delta of the body's content. */
export const inBody = (delta: Wire): Wire => [-4, 2, [-4, 0, delta]];

export interface Answer {
  status?: number;
  /** Merged over `b`, `v` of the call and the next version. */
  answer?: WireMap;
  /** Instead of an answer of ours. */
  response?: Response | Error;
}

export interface Request extends WireMap {
  v: number;
}

/** Calls that wait for their answer, oldest first; `answer` gives it. */
export interface Waiting {
  request: Request;
  answer(given?: Answer): Promise<void>;
}

export interface Page {
  calls: Waiting[];
  /** The requests so far, and where they went. */
  requests: Request[];
  addresses: string[];
  /** Answers requests for pages, and for the list of them. */
  get?: Options["get"];
  /** What to do with each call that comes; without it, they wait in `calls`. */
  reply?: (request: Request) => Answer;
}

/** What a page loads when something comes that needs it is there from the start. */
const PARTS: Part[] = ["details", "effects", "fields", "happenings", "listening", "making", "navigation", "pieces", "predictions", "recovery", "scripts", "streams", "uploads"];

const undo: (() => void)[] = [];
afterEach(() => {
  for (const work of undo.splice(0)) work();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  notice()?.remove();
  vi.restoreAllMocks();
  document.documentElement.removeAttribute("data-reactor");
});

/** The real one, also while a test has stopped the clock. */
const turn = globalThis.setImmediate;

/** Lets promises that are settled run their course; bodies of responses are read over several turns. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => turn(resolve));
}

export const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

export function responseOf(status: number, answer: Wire): Response {
  return new Response(encode(answer), { status, headers: { "Content-Type": MEDIA_TYPE } });
}

interface Options {
  get?: ((address: string, headers: object) => Promise<Response>) | undefined;
  sealed?: Uint8Array | null;
  options?: WireMap;
  /** Changes the served page before the client starts. */
  before?: () => void;
  /** The served HTML of the body's content, when it is not that of the tree. */
  markup?: string;
}

export async function startPage(definitions: Definitions, content: Wire, options: Options = {}): Promise<Page> {
  const all = { ...SHELL, ...definitions };
  const page: Page = { calls: [], requests: [], addresses: [], get: options.get };
  const { sealed = new Uint8Array([1, 2, 3]) } = options;
  const data = encode({
    p: 1,
    i: new Uint8Array([7]),
    v: 1,
    t: Object.entries(all).flatMap(([number, definition]) => [Number(number), definition as Wire]),
    r: outline(all, shell(content)),
    s: sealed ?? undefined,
    o: { parts: PARTS, ...options.options },
  });
  document.documentElement.removeAttribute("data-reactor-adopted");
  document.head.replaceChildren();
  document.body.innerHTML = `${options.markup ?? html(all, content)}<script type="application/reactor" id="reactor">${base64(data)}</script>`;
  options.before?.();

  for (const target of [document, window, globalThis]) {
    const original = target.addEventListener;
    vi.spyOn(target, "addEventListener").mockImplementation(((type: string, listener: EventListener, how?: object) => {
      original.call(target, type, listener, how);
      undo.push(() => target.removeEventListener(type, listener, how));
    }) as never);
  }
  vi.stubGlobal("fetch", (address: string, init: { body?: Uint8Array; headers?: object } = {}) => {
    if (!init.body) return page.get!(address, init.headers ?? {});
    page.addresses.push(address);
    const request = decode(init.body) as Request;
    page.requests.push(request);
    return new Promise<Response>((resolve, reject) => {
      const answer = ({ status = 200, answer = {}, response }: Answer = {}): Promise<void> => {
        const whole: WireMap = status < 300 && !("r" in answer) ? { b: request.v, v: request.v + 1, ...answer } : { v: request.v + 1, ...answer };
        if (response instanceof Error) reject(response);
        else resolve(response ?? responseOf(status, whole));
        page.calls.splice(page.calls.findIndex((call) => call.request === request) >>> 0, 1);
        return settled();
      };
      if (page.reply) void answer(page.reply(request));
      else page.calls.push({ request, answer });
    });
  });
  vi.resetModules();
  const started = new Promise((resolve) => document.addEventListener("reactor:start", resolve, { once: true }));
  await import("../src/index");
  await started;
  await settled();
  return page;
}

export const find = <T extends Element = HTMLElement>(selector: string): T => document.querySelector<T>(selector)!;
export const notice = (): HTMLElement | null => document.querySelector<HTMLElement>(".reactor-notice");

export async function click(selector: string): Promise<void> {
  find(selector).click();
  await settled();
}

/** Types into a field as a person does: focus, value, input event. */
export async function type(selector: string, text: string): Promise<void> {
  const field = find<HTMLInputElement>(selector);
  field.focus();
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await settled();
}

export async function press(selector: string, key: string, options: KeyboardEventInit = {}): Promise<KeyboardEvent> {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  find(selector).dispatchEvent(event);
  await settled();
  return event;
}
