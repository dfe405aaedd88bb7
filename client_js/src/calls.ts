/** Calls to the server: one at a time, in order; each is sent until it is answered. */

import { decode, encode, type Wire, type WireMap } from "./codec";
import { answering, delivered, lastEdit } from "./controls";
import { isConnected } from "./dom";
import { notify, texts } from "./notices";
import { MEDIA_TYPE, PROTOCOL } from "./protocol";
import type { Key, Tree } from "./tree";

/** What stands for the page on the server. */
export interface View {
  id: Wire;
  version: number;
  /** The sealed state. */
  sealed: Uint8Array | null;
}

/** What a person did, and the handler that stood there. */
export interface Deed {
  element: Element;
  type: string;
  /** The key combination, where the handler has several. */
  filter: string | undefined;
  mark: Wire;
  /** Fields of the event, or the entries of a form. */
  fields?: WireMap;
  entries?: Wire[];
  /** The event's target. */
  target: Element;
  /** The controls whose values are sent along. */
  controls: Element[];
}

interface Call extends Partial<Deed> {
  id: Uint8Array;
  /** Number of the last edit that it knows of. */
  edit: number;
  /** For a sync of a page that was left: the view to fall back to. */
  fallback?: View;
}

interface Reply {
  status: number;
  answer: WireMap | null;
}

/** Events of which only the latest counts. */
const REPLACED = /^(input|scroll|pointermove|mousemove|interval)$/;
/** Events that the person would not miss. */
const QUIET = /^(input|scroll|pointer|mouse|interval|focus|blur|toggle|load|error)/;
/** A larger state is sent only when the server asks for it. */
const SMALL_STATE = 1024;
const TRIES = 10;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
const LONGEST_RETRY = 60_000;

const isSameMark = (a: Wire, b: Wire): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && a.join() === b.join());

export class Calls {
  private readonly queue: Call[] = [];
  private current: Call | null = null;
  private isRetrying = false;
  /** Given up for now; the queue waits for the person or the network. */
  private isStopped = false;
  private wake = (): void => {};

  /** `handlerMark`: the mark that an element's handler has now; null when there is none. */
  constructor(
    private readonly tree: Tree,
    public view: View,
    private readonly timeout: number,
    private readonly handlerMark: (deed: Deed) => Wire,
  ) {
    addEventListener("online", () => this.resume());
    addEventListener("offline", () => this.show());
  }

  /** Queues a call for what the person did. */
  call(deed: Deed): void {
    const last = this.queue.at(-1);
    const isNewer =
      last && REPLACED.test(deed.type) && last.type === deed.type && last.element === deed.element && last.target === deed.target;
    if (isNewer) this.queue.pop();
    this.queue.push({ ...deed, id: newId(), edit: lastEdit() });
    if (!QUIET.test(deed.type)) this.isStopped = false;
    void this.work();
  }

  /** Asks for the whole tree, before anything else is sent. */
  sync(fallback?: View): void {
    this.queue.unshift({ id: newId(), edit: lastEdit(), ...(fallback && { fallback }) });
    void this.work();
  }

  /** Whether a call of this element and type has no answer yet. */
  isWaiting(element: Element, type: string): boolean {
    return [this.current, ...this.queue].some((call) => call?.element === element && call.type === type);
  }

  private resume(): void {
    this.isStopped = false;
    this.wake();
    void this.work();
    this.show();
  }

  private async work(): Promise<void> {
    while (!this.current && !this.isStopped) {
      const call = (this.current = this.queue.shift() ?? null);
      if (!call) break;
      try {
        const address = this.addressOf(call);
        if (address !== false) {
          this.show();
          const reply = await this.send(call, address);
          if (reply) this.take(call, reply);
          else this.giveUp(call);
        }
      } catch (error) {
        console.error(error);
        notify(texts.failed!, true);
      }
      this.current = null;
    }
    this.show();
  }

  /** The address of the handler, null for a sync; false when what the person acted on is no more. */
  private addressOf(call: Call): Key[] | null | false {
    if (!call.element) return null;
    const deed = call as Deed;
    const address = isConnected(deed.element) && this.tree.address(deed.element, deed.type);
    if (address && isSameMark(this.handlerMark(deed), deed.mark)) return deed.filter === undefined ? address : [...address, deed.filter];
    if (!QUIET.test(deed.type)) notify(texts.changed!, false);
    return false;
  }

  /** Sends until there is an answer; null when there is none to be had. */
  private async send(call: Call, address: Key[] | null): Promise<Reply | null> {
    const { id, version, sealed } = this.view;
    let withState = !!sealed && sealed.length <= SMALL_STATE;
    const begin = Date.now();
    for (let tries = 1; ; tries++) {
      const body = encode({
        p: PROTOCOL,
        i: id,
        v: version,
        c: call.id,
        a: address ?? undefined,
        h: call.mark,
        e: call.fields,
        f: call.entries,
        s: withState ? sealed : undefined,
      });
      const reply = await this.post(body);
      if (reply?.status === 409 && errorOf(reply)?.c === "state" && sealed && !withState) {
        withState = true;
        continue;
      }
      if (reply || tries >= TRIES || Date.now() - begin > LONGEST_RETRY) {
        this.isRetrying = false;
        return reply;
      }
      this.isRetrying = true;
      this.show();
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, pause);
      });
    }
  }

  /** One attempt. Null: no answer came from the application, and none can be told from the silence. */
  private async post(body: Uint8Array<ArrayBuffer>): Promise<Reply | null> {
    let response: Response;
    let bytes: ArrayBuffer;
    try {
      response = await fetch(location.href.split("#")[0]!, {
        method: "POST",
        headers: { "Content-Type": MEDIA_TYPE, Accept: MEDIA_TYPE },
        body,
        credentials: "same-origin",
        cache: "no-store",
        // Followed, a redirect (to a page that asks for a password, say) would look like an answer.
        redirect: "manual",
        signal: AbortSignal.timeout(this.timeout * 1000),
      });
      bytes = await response.arrayBuffer();
    } catch {
      return null;
    }
    const { status } = response;
    if (!response.headers.get("Content-Type")?.startsWith(MEDIA_TYPE)) {
      return status >= 502 && status <= 504 ? null : { status, answer: null };
    }
    try {
      const answer = decode(new Uint8Array(bytes));
      return { status, answer: isMap(answer) ? answer : null };
    } catch {
      return { status, answer: null };
    }
  }

  private giveUp(call: Call): void {
    this.queue.unshift(call);
    this.isStopped = true;
    notify(texts.unreachable!, true, () => this.resume());
  }

  private take(call: Call, reply: Reply): void {
    const { status, answer } = reply;
    if (call.fallback && !(answer && "r" in answer)) {
      this.view = call.fallback;
      return;
    }
    if (!answer) {
      notify(texts.failed!, true);
      // It may have been done: what the page shows can be out of date.
      if (status < 300 && call.element) this.sync();
      return;
    }
    const error = errorOf(reply);
    const isDone = status < 300 && !error;
    if (answer.s instanceof Uint8Array) this.view.sealed = answer.s;
    const fits = this.apply(call, answer);
    if (isDone && call.controls) delivered(call.controls, call.edit, !!call.entries, answer.w === true);

    const speaks = !("r" in answer || "d" in answer) || error?.c === "changed" || error?.c === "stale";
    if (typeof answer.n === "string") notify(answer.n, false);
    else if (error && speaks) notify(String(error.m ?? texts.failed), error.c !== "changed");
    if (fits) {
      document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: this.view.version, status } }));
    } else if (call.element || "b" in answer) this.sync();
    else throw new Error("a sync could not be applied");
    if (typeof answer.l === "string") leave(answer.l);
  }

  /** Brings the tree to what the answer says. False: the delta starts from another version, or does not fit. */
  private apply(call: Call, answer: WireMap): boolean {
    const isSync = "r" in answer;
    if (!isSync && !("b" in answer)) return true;
    if (!isSync && answer.b !== this.view.version) return false;
    try {
      if (Array.isArray(answer.t) || isSync) this.tree.learn((answer.t ?? []) as Wire[], isSync);
      answering(call.edit, answer.w === true, () => {
        if (isSync) this.tree.sync(answer.r!);
        else if ("d" in answer) this.tree.patch(answer.d!);
      });
    } catch (problem) {
      console.error(problem);
      return false;
    }
    this.view.version = answer.v as number;
    return true;
  }

  /** Tells style sheets what goes on: <html data-reactor>. */
  private show(): void {
    const state = !navigator.onLine ? "offline" : this.isRetrying ? "retrying" : this.current ? "busy" : null;
    const root = document.documentElement;
    if (state) root.setAttribute("data-reactor", state);
    else root.removeAttribute("data-reactor");
  }
}

const newId = (): Uint8Array => crypto.getRandomValues(new Uint8Array(16));
const isMap = (value: Wire | undefined): value is WireMap =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

function errorOf({ answer }: Reply): WireMap | null {
  return isMap(answer?.e) ? answer.e : null;
}

/** Goes to an address; one that is a script is none. */
function leave(address: string): void {
  const { protocol, href } = new URL(address, location.href);
  if (/^https?:$/.test(protocol)) location.assign(href);
}
