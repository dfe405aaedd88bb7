/** Calls to the server: one at a time, in order; each is sent until it is answered. */

import { decode, encode, isMap, type Wire, type WireMap } from "./codec";
import { answering, clear, controlsOf, delivered, lastEdit } from "./controls";
import { focus } from "./dom";
import { run } from "./effects";
import { notify, texts } from "./notices";
import { mark } from "./pending";
import { CHANGED, FAILED, INVALID, MEDIA_TYPE, PROTOCOL } from "./protocol";
import { setUnderWay, type UnderWay } from "./symbols";
import { isForetold, type Layer } from "./layers";
import type { Key, Tree } from "./tree";
import { type Content, fingerprint, upload } from "./uploads";

/** What stands for the page on the server. */
export interface View {
  id: Wire;
  version: number;
  /** The sealed state. */
  sealed: Uint8Array | null;
}

/** Takes what went wrong (code, message, fields as in an answer), or a result. */
export type End = (error: WireMap | null, result?: Wire) => void;

/** What a person did. */
export interface Deed extends UnderWay {
  /** The element that has the handler, and the type of event that it is for. */
  element: Element;
  type: string;
  /** The event's target. */
  target: Element;
  /** The elements that show that it is under way. */
  shows: Element[];
  /** What stood there when the person acted. */
  mark: Wire;
  /** The controls whose values are sent along. */
  controls: Element[];
  /** After a success they stay as they are. */
  stays: boolean;
  /** What is shown of its outcome before there is an answer. */
  layer?: Layer | undefined;
  /** The form was emptied when it was sent; puts back what was entered. */
  putBack?: () => void;
  /** Told how the call ends, and what the action returned. Only the first time counts. */
  end?: End | undefined;
  /** Effects after a success. */
  after: Wire | undefined;
  /** Where the handler is now; null when what the person acted on is no more. */
  address(): Key[] | null;
}

interface Call {
  /** Absent: only a sync is asked for. */
  deed?: Deed | undefined;
  id: Uint8Array;
  /** How many calls there had been. */
  number: number;
  /** Number of the last edit that it knows of. */
  edit: number;
  isAnswered?: boolean;
  /** For a sync of a page that was left: the view to fall back to. */
  fallback?: View | undefined;
}

interface Reply {
  status: number;
  /** Null: not from the application, or not to be understood. */
  answer: WireMap | null;
}

/** Events of which only the latest counts. */
const REPLACED = /^(input|scroll|pointermove|mousemove|interval)$/;
/** Events that the person would not miss. */
const QUIET = /^(input|scroll|pointer|mouse|interval|focus|blur|toggle|load|error|mount|visible|hidden|clickoutside)/;
/** Events that come in such numbers, or by themselves, that their elements are not marked as busy. */
const UNMARKED = /^(scroll|pointermove|mousemove|interval)$/;
/** A larger state is sent only when the server asks for it. */
const SMALL_STATE = 1024;
const TRIES = 10;
const LONGEST_RETRY = 60_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

let tree: Tree;
let view: View;
let timeout: number;
const queue: Call[] = [];
let current: Call | undefined;
/** How many calls there have been. */
let calls = 0;
/** By what is called: how many there had been when the last one was refused. What was done before does not know of it. */
const refused = new WeakMap<Element, number>();
/** Effects that wait until the page shows what they are for. */
const due: (() => void)[] = [];
let isRetrying = false;
/** Given up for now; the queue waits for the person or the network. */
let isStopped = false;
let isLeaving = false;
/** How often the whole tree has come; numbers of templates and predictions are new then. */
let syncs = 0;
/** Predictions that were asked for, at this version of the view; nobody asks twice. */
const known = new Set<number>();
let inquired: number | undefined;
/** The prediction that is asked for, and what the person has turned to since. */
let asked: number | undefined;
let wish = (): unknown => undefined;
/** Ends the pause before the next try. */
let wake = (): void => {};

/** Begins with a page. `left`: the view that the person left here and comes back to. */
export function startCalls(of: Tree, served: View, seconds: number, left: View | null): void {
  tree = of;
  view = served;
  timeout = seconds * 1000;
  addEventListener("online", resume);
  addEventListener("offline", show);
  if (!left) return;
  view = left;
  sync(served);
}

/** Asks what a call would show, since the person is about to make it. */
export async function foresee(ahead: number, at: Key[], mark: Wire): Promise<void> {
  if (inquired !== view.version) known.clear();
  inquired = view.version;
  if (isForetold(ahead) || known.has(ahead)) return;
  wish = () => foresee(ahead, at, mark);
  if (asked !== undefined) return;
  known.add((asked = ahead));
  wish = () => undefined;
  const before = syncs;
  const reply = await post(encode({ p: PROTOCOL, i: view.id, v: view.version, c: newCall().id, a: at, h: mark, w: true }));
  const { b, t, a } = reply?.answer ?? {};
  if (a && before === syncs) {
    tree.learn((t ?? []) as Wire[], false);
    if (b === view.version) tree.foretell(a as Wire[], false);
    settle();
  }
  asked = undefined;
  void wish();
}

/** The view as it is now. */
export const viewNow = (): View => view;

/** Queues a call for what the person did. */
export function call(deed: Deed): void {
  const last = queue.at(-1)?.deed;
  const isNewer = last && !last.end && REPLACED.test(deed.type) && last.type === deed.type && last.element === deed.element && last.target === deed.target;
  if (isNewer) queue.pop();
  const sent = newCall(deed);
  queue.push(sent);
  settle();
  if (deed.layer?.isShown && deed.entries && !deed.stays) deed.putBack = clear(deed.controls, sent.edit);
  if (!QUIET.test(deed.type)) isStopped = false;
  void work();
}

/** Asks for the whole tree, before anything else is sent. */
export function sync(fallback?: View): void {
  queue.unshift({ ...newCall(), fallback });
  void work();
}

/** Whether a call of this element and type, and with this content of a form, has no answer yet. */
export const isWaiting = (element: Element, type: string, content?: Content): boolean =>
  underWay().some((deed) => deed.element === element && deed.type === type && (!content || (!deed.putBack && fingerprint(content) === fingerprint(deed))));

/** The deeds whose calls have no answer yet, oldest first. */
const underWay = (): Deed[] => [current, ...queue].flatMap((call) => (call?.deed && !call.isAnswered ? call.deed : []));

/** Shows what is under way. */
function settle(): void {
  note();
  tree.settle();
}

/** Notes what is under way, for what is shown next. */
function note(): void {
  const deeds = underWay();
  setUnderWay(deeds);
  tree.layers = deeds.flatMap(({ layer }) => layer ?? []);
  mark(new Set(deeds.flatMap(({ type, shows }) => (UNMARKED.test(type) ? [] : shows))));
}

/** The person insists: goes on, if it was given up; tells whether it was. */
export function insist(): boolean {
  const wasStopped = isStopped;
  if (wasStopped) resume();
  return wasStopped;
}

/** Makes the calls of a page that is being left, so that they are sent all the same. */
export function leaving(work: () => void): void {
  isLeaving = true;
  work();
  isLeaving = false;
}

const newCall = (deed?: Deed): Call => ({ deed, number: calls++, id: crypto.getRandomValues(new Uint8Array(16)), edit: lastEdit() });

function resume(): void {
  isStopped = false;
  wake();
  void work();
}

/** Tells style sheets what goes on: <html data-reactor>. */
function show(): void {
  const state = !navigator.onLine ? "offline" : isRetrying ? "retrying" : current && "busy";
  if (state) document.documentElement.dataset.reactor = state;
  else delete document.documentElement.dataset.reactor;
}

async function work(): Promise<void> {
  while (!current && !isStopped && (current = queue.shift())) {
    const { deed } = current;
    const address = deed && deed.address();
    try {
      if (address !== null) await answer(current, address);
      else {
        if (!QUIET.test(deed!.type)) notify(texts.changed!, false);
        deed!.end?.({ c: CHANGED, m: texts.changed! });
      }
    } catch (error) {
      console.error(error);
      notify(texts.failed!, true);
    }
    if (!isStopped) deed?.end?.({ c: FAILED, m: texts.failed! });
    current = undefined;
    settle();
  }
  show();
}

async function answer(call: Call, address: Key[] | undefined): Promise<void> {
  const reply = await send(call, address);
  if (reply) return take(call, reply);
  queue.unshift(call);
  isStopped = true;
  notify(texts.unreachable!, true, resume);
}

/** Sends until there is an answer; null when there is none to be had. */
async function send({ id, deed, number }: Call, address: Key[] | undefined): Promise<Reply | null> {
  const { sealed } = view;
  // Files are not to be sent twice.
  let withState = !!sealed && (sealed.length <= SMALL_STATE || !!deed?.files.length);
  const begin = Date.now();
  for (let tries = 1; ; tries++) {
    show();
    const reply = await post(
      encode({
        p: PROTOCOL,
        i: view.id,
        v: view.version,
        c: id,
        a: address,
        h: deed?.mark,
        e: deed?.fields,
        f: deed?.entries,
        o: (deed && number < refused.get(deed.element)!) || undefined,
        x: deed?.end && true,
        s: withState ? sealed : undefined,
      }),
      deed,
    );
    if (reply && !withState && sealed && errorIn(reply.answer).c === "state") {
      withState = true;
      continue;
    }
    isRetrying = !reply && tries < TRIES && Date.now() - begin < LONGEST_RETRY;
    if (!isRetrying) return reply;
    show();
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * (0.75 + Math.random() / 2));
    });
  }
}

/** One attempt. Null: no answer came from the application, and none can be told from the silence. */
async function post(body: Uint8Array<ArrayBuffer>, deed?: Deed): Promise<Reply | null> {
  let bytes: ArrayBuffer;
  let response: Response;
  try {
    response = deed?.files.length ? await upload(body, deed.files, timeout, (percent) => {
      deed.progress = percent;
      tree.settle();
    }) : await fetch(location.href, {
      method: "POST",
      headers: { "Content-Type": MEDIA_TYPE, Accept: MEDIA_TYPE },
      body,
      cache: "no-store",
      keepalive: isLeaving,
      // Followed, a redirect (to a page that asks for a password, say) would look like an answer.
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
    bytes = await response.arrayBuffer();
  } catch (error) {
    if (error instanceof RangeError) return { status: 413, answer: { e: { c: "large", m: error.message } } };
    return null;
  }
  const { status, headers } = response;
  let answer: Wire = null;
  if (headers.get("Content-Type")?.startsWith(MEDIA_TYPE)) {
    try {
      answer = decode(new Uint8Array(bytes));
    } catch {
      // Told as any other answer that is not ours.
    }
  } else if (/^50[234]$/.test(String(status))) return null;
  return { status, answer: isMap(answer) ? answer : null };
}

const errorIn = (answer: WireMap | null): WireMap => (isMap(answer?.e) ? answer.e : {});

function take(call: Call, { status, answer }: Reply): void {
  const { deed, edit, fallback } = call;
  const isSync = !!answer && "r" in answer;
  if (fallback && !isSync) {
    view = fallback;
    return;
  }
  if (!answer) {
    notify(texts.failed!, true);
    // It may have been done: what the page shows can be out of date.
    if (deed && status >= 200 && status < 300) sync();
    return;
  }
  const { c: code, m: message, f: wrong } = errorIn(answer);
  if (answer.s instanceof Uint8Array) view.sealed = answer.s;
  // What was pending ends in the same task.
  call.isAnswered = true;
  note();
  const fits = apply(answer, isSync, edit);
  if (deed && (status >= 300 || code)) {
    refused.set(deed.element, calls);
    deed.putBack?.();
  } else if (deed) {
    delivered(deed.controls, edit, !!deed.entries, !!answer.w, deed.stays);
    due.push(() => [deed.after, answer.j].forEach((effects) => run(effects, deed.element)));
  }
  if (deed && code === INVALID && isMap(wrong)) focusWrong(deed.form, Object.keys(wrong));

  const isTold = (!isSync && !("d" in answer)) || code === "changed" || code === "stale";
  if (answer.n) notify(answer.n as string, false);
  // A script that waits says itself what is wrong with its data.
  else if (code && isTold && !(deed?.end && code === INVALID)) notify((message ?? texts.failed) as string, !isSync);
  if (fits) {
    document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: view.version, status } }));
    // Hooks that have come with the answer hear of them, too.
    due.splice(0).forEach((work) => work());
  } else if (deed || !isSync) sync();
  else throw new Error("a sync could not be applied");
  deed?.end?.(code ? errorIn(answer) : null, answer.x);
  if (answer.l) leave(answer.l as string);
}

/** Brings the tree to what the answer says. False: the delta starts from another version, or does not fit. */
function apply(answer: WireMap, isSync: boolean, edit: number): boolean {
  const isPatch = "b" in answer && answer.b === view.version;
  try {
    if (isSync || isPatch) {
      tree.learn((answer.t ?? []) as Wire[], isSync);
      tree.foretell((answer.a ?? []) as Wire[], isSync);
    }
    answering(edit, !!answer.w, () => {
      if (isSync) tree.sync(answer.r!);
      else if (isPatch && "d" in answer) tree.patch(answer.d!);
      else tree.settle();
    });
    if (!isSync && !isPatch) return !("b" in answer);
    if (isSync) syncs++;
  } catch (problem) {
    console.error(problem);
    return false;
  }
  view.version = answer.v as number;
  return true;
}

/** Leads the person to the first field that is wrong: one named so, or the whole or a part of it. */
function focusWrong(form: Element | null, names: string[]): void {
  for (const control of form ? controlsOf(form) : []) {
    const { name } = control as HTMLInputElement;
    if (!name || !names.some((wrong) => wrong && (`${wrong}.`.startsWith(`${name}.`) || name.startsWith(`${wrong}.`)))) continue;
    focus(control);
    if (document.activeElement === control) return;
  }
}

/** Goes to an address; one that is a script is none. */
function leave(address: string): void {
  const { protocol, href } = new URL(address, location.href);
  if (/^https?:$/.test(protocol)) location.assign(href);
}
