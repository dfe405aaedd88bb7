/** Calls to the server: in the order of their queues; each is sent until it is answered, and ends once. */

import { encode, isMap, type Wire, type WireMap } from "./codec";
import { answering, clear, controlsOf, delivered, lastEdit } from "./controls";
import { focus } from "./dom";
import { run } from "./effects";
import { messageIn, restOf } from "./frames";
import { isForetold, type Layer } from "./layers";
import { notify, texts } from "./notices";
import { mark } from "./pending";
import { AWAITED, CAUGHT, CHANGED, COOKIES_HEADER, DETACHED, DROP, FAILED, INVALID, LATEST, MEDIA_TYPE, PARALLEL, PROTOCOL, RATE, STALE, SUPERSEDED } from "./protocol";
import { fitOf, forgetStates, noteState, queueOf, stateBefore } from "./queues";
import { setUnderWay, type UnderWay } from "./symbols";
import type { Key, Tree } from "./tree";
import type { Pieces, Port } from "./pieces";
import { type Content, fingerprint, pieceOf, put, upload } from "./uploads";

/** What stands for the page on the server. */
export interface View {
  id: Wire;
  version: number;
  /** The sealed state. */
  sealed: Uint8Array | null;
  /** Where its calls go. */
  address: string;
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
  /** What stood there when the person acted, as it is called now. */
  mark(): Wire;
  /** What becomes of it while others are under way. */
  order: number;
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
  /** Stands for what is called, where that is no component's. */
  reference?: Wire | undefined;
  /** Where the handler is now; null when what the person acted on is no more, undefined when it need not be. */
  address(): Key[] | null | undefined;
}

interface Call {
  /** The page that it is a call of; another one may be shown by now. */
  view: View;
  /** Absent: only a sync is asked for. */
  deed?: Deed | undefined;
  id: Uint8Array;
  /** How many calls there had been. */
  number: number;
  /** Number of the last edit that it knows of. */
  edit: number;
  /** As it was first sent, and the state that it goes on from; a retry repeats both. Absent: it waits. */
  message?: WireMap;
  base?: Uint8Array | null;
  /** It is being sent. */
  isSent?: boolean;
  isRetrying?: boolean;
  isSuperseded?: boolean;
  /** Sends it with files in pieces. */
  pieces?: Pieces | undefined;
  /** An answer that cannot be shown yet. */
  reply?: Reply & { answer: WireMap };
  /** It has been answered in part: the state that this came to, null once others have changed it as well. */
  shown?: Uint8Array | null;
  /** Gives up what it is sent by: the page that wants to know more is left. */
  abort?: () => void;
  isAborted?: boolean;
  /** For a sync of a page that was left: the view to fall back to. */
  fallback?: View | undefined;
  /** For a sync: the calls whose answers it brings together. */
  joins: Call[];
  isJoined?: boolean;
}

/** What the server says of itself, or the part of an answer that comes before its end. */
interface Frame {
  view: View;
  answer: WireMap;
  call?: Call | undefined;
  /** The state that it was made from, where that is known. */
  base?: Uint8Array | null | undefined;
}

export interface Reply {
  status: number;
  /** Null: not from the application, or not to be understood. */
  answer: WireMap | null;
  /** There were too many calls: milliseconds after which this one may be sent again. */
  pause?: number | undefined;
}

/** `isLeft`: the page that made the call is not shown any more. `isAsked`: the person did something. */
type Listener = (answer: WireMap, isLeft: boolean, isAsked: boolean) => void;

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
/** Browsers have six connections to a server (HTTP/1.1): one is left for the way to another page. */
const MOST = 5;
/** How a call ends in whose place another one stands. */
const TAKEN_OVER = { c: SUPERSEDED, m: "" };
const failed = (): WireMap => ({ c: FAILED, m: texts.failed! });

let tree: Tree;
let view: View;
let timeout: number;
/** Those that have not ended, oldest first. */
const calls: Call[] = [];
/** What cannot be shown yet, in the order in which it came. */
let frames: Frame[] = [];
/** Responses in which parts of a page are still to come, and how many have broken off since one came. */
let following = 0;
let lost = 0;
/** How many calls there have been. */
let made = 0;
/** By what is called: how many there had been when the last one was refused. What was done before does not know of it. */
const refused = new WeakMap<Element, number>();
/** Effects that wait until the page shows what they are for. */
const due: (() => void)[] = [];
/** Ends the pauses before the next tries. */
const wakes = new Set<() => void>();
/** Given up for now; what waits, waits for the person or the network. */
let isStopped = false;
let isLeaving = false;
let isNavigating = false;
/** Told of each answer. */
let onAnswer: Listener = (answer) => {
  if (answer.l) leave(answer.l as string);
};
/** Something that nobody has asked for cannot be shown, since what comes before it is missing. */
let onMissed = (): void => sync();
/** An answer has set cookies. */
let onCookies = (): void => {};
/** How often the whole tree has come; numbers of templates and predictions are new then. */
let syncs = 0;
/** Predictions that were asked for, at this version of the view; nobody asks twice. */
const known = new Set<number>();
let inquired: number | undefined;
/** The prediction that is asked for, and what the person has turned to since. */
let asked: number | undefined;
let wish = (): unknown => undefined;

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
  const reply = await post(encode({ p: PROTOCOL, i: view.id, v: view.version, c: newCall().id, a: at, h: mark, w: true }), view);
  const { b, t, a } = reply?.answer ?? {};
  if (a && before === syncs) {
    tree.learn((t ?? []) as Wire[], false);
    if (b === view.version) tree.foretell(a as Wire[], false);
    settle();
  }
  asked = undefined;
  void wish();
}

/** Has `work` done when something is missing before what came unasked. */
export const watchMissed = (work: () => void): unknown => (onMissed = work);
/** Has `work` done when an answer has set cookies. */
export const watchCookies = (work: () => void): unknown => (onCookies = work);

/** How far the page has come. A large state is told only when it is asked for. */
export const positionOf = (withState: boolean): WireMap => ({ i: view.id, v: view.version, s: withState || (view.sealed?.length ?? 0) <= SMALL_STATE ? view.sealed! : undefined! });

/** The ids of the calls that were sent and have not ended. */
export const idsUnderWay = (): Wire => calls.filter(({ message }) => message).map(({ id }) => id);

/** The view as it is now. */
export const viewNow = (): View => view;

/** Has `listener` told of each answer when its call has ended; it sees to where `l` leads. */
export const watchAnswers = (listener: Listener): unknown => (onAnswer = listener);

/** The person is on the way to another page, or no longer. */
export function setNavigating(is: boolean): void {
  isNavigating = is;
  show();
}

/** Another page is shown in place of this one. Calls of the one before go on by themselves; nothing of them is shown. */
export function enter(next: View, draw: () => void): void {
  view = next;
  syncs++;
  known.clear();
  inquired = undefined;
  wish = () => undefined;
  forgetStates();
  for (const call of [...calls]) {
    const { deed, reply } = call;
    if (!deed) calls.splice(calls.indexOf(call), 1);
    else if (reply) conclude(call, reply);
    else {
      call.abort?.();
      const at = deed.address();
      const mark = deed.mark();
      Object.assign(deed, { address: () => at, mark: () => mark, source: () => undefined, layer: undefined });
    }
  }
  note();
  draw();
  work();
}

/** Queues a call for what the person did. */
export function call(deed: Deed): void {
  const { order } = deed;
  const source = deed.source();
  const same = order && source !== undefined ? calls.filter((other) => other.deed?.source() === source) : [];
  if (order === DROP && same.length) return deed.end?.(TAKEN_OVER);
  if (order === LATEST) {
    for (const other of same) {
      if (other.message) other.isSuperseded = true;
      else end(other, TAKEN_OVER);
    }
  }
  if (REPLACED.test(deed.type)) {
    const last = calls.filter((other) => other.view === view && other.deed && !other.deed.end && !other.message && queueOf(other.deed.mark()) === queueOf(deed.mark())).at(-1);
    const { type, element, target } = last?.deed ?? {};
    if (type === deed.type && element === deed.element && target === deed.target) end(last!, TAKEN_OVER);
  }
  const sent = newCall(deed);
  calls.push(sent);
  settle();
  if (deed.layer?.isShown && deed.entries && !deed.stays) deed.putBack = clear(deed.controls, sent.edit);
  if (!QUIET.test(deed.type)) isStopped = false;
  work();
}

/** Cancels the calls of a source. What was shown of them stays. */
export function cancel(source: Wire): void {
  const those = calls.filter((other) => other.deed && other.deed.source() === source);
  const ids = those.filter(({ message }) => message).map((each) => ((each.isSuperseded = true), each.id));
  for (const each of those) {
    if (!each.message) end(each, TAKEN_OVER);
    // No further piece of its files is sent.
    else each.deed!.onPause?.();
  }
  settle();
  if (ids.length) void post(encode({ p: PROTOCOL, i: view.id, v: view.version, c: newCall().id, y: true, z: ids }), view);
  work();
}

/** Takes what the server says of itself; `base`: the state that it was asked to go on from. */
export function receive(answer: WireMap, base?: Uint8Array | null, of = view): void {
  frames.push({ view: of, answer, base });
  arrange();
}

/** Shows the slow parts of a page, which follow it or an answer; those that do not come are asked for. */
export function follow(answer: WireMap, of = view, rest = restOf(answer)): void {
  if (answer.f !== AWAITED) return;
  let isAwaited = true;
  following++;
  rest((next) => {
    if (next) {
      isAwaited = next.f === AWAITED;
      lost = 0;
      receive(next, undefined, of);
    } else {
      following--;
      if (isAwaited && of === view && lost++ < TRIES) sync();
      arrange();
      work();
    }
  });
}

/** Asks for the whole tree, before anything else is sent. */
export function sync(fallback?: View, joins: Call[] = []): void {
  for (const each of joins) each.isJoined = true;
  calls.unshift({ ...newCall(), fallback, joins });
  work();
}

/** What a script that calls is given: ends with what the action returned, or with what went wrong. */
export function promised(start: (end: End) => void): Promise<Wire> {
  const asked = new Promise<Wire>((resolve, reject) => {
    start((error, result) => {
      if (error) reject(Object.assign(new Error(error.m as string), { name: "CallError", code: error.c, fields: error.f ?? {} }));
      else resolve(result ?? null);
    });
  });
  // The person is told of what went wrong; nobody has to wait for it.
  asked.catch(() => {});
  return asked;
}

/** A call is not under way any more; nor are those whose answers it brings together. */
function remove(call: Call): void {
  calls.splice(calls.indexOf(call) >>> 0, 1);
  call.joins.forEach(remove);
}

/** A call is no more, and nothing comes of it. */
function end(call: Call, error: WireMap): void {
  remove(call);
  settle();
  call.deed?.end?.(error);
}

/** Whether a call of this element and type, and with this content of a form, has no answer yet. */
export const isWaiting = (element: Element, type: string, content?: Content): boolean =>
  underWay().some((deed) => deed.element === element && deed.type === type && (!content || (!deed.putBack && fingerprint(content) === fingerprint(deed))));

/** The deeds whose calls have no answer yet, oldest first. */
const underWay = (): Deed[] => calls.flatMap(({ deed }) => deed ?? []);

/** Shows what is under way. */
function settle(): void {
  note();
  tree.settle();
}

/** Notes what is under way, for what is shown next. */
function note(): void {
  const deeds = underWay();
  setUnderWay(deeds);
  tree.layers = calls.flatMap(({ deed, isSuperseded }) => (!isSuperseded && deed?.layer) || []);
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

const newCall = (deed?: Deed): Call => ({ view, deed, number: made++, id: crypto.getRandomValues(new Uint8Array(16)), edit: lastEdit(), joins: [] });

function resume(): void {
  isStopped = false;
  wakes.forEach((wake) => wake());
  work();
}

/** Tells style sheets what goes on: <html data-reactor>. */
function show(): void {
  const state = !navigator.onLine ? "offline" : calls.some(({ isRetrying }) => isRetrying) ? "retrying" : isNavigating ? "navigating" : calls.some(({ isSent }) => isSent) && "busy";
  if (state) document.documentElement.dataset.reactor = state;
  else delete document.documentElement.dataset.reactor;
}

/** Sends what need not wait any more. */
function work(): void {
  const taken = new Map<View, Set<number>>();
  const syncs = (): Call[] => calls.filter(({ deed, reply }) => !deed && !reply);
  for (const call of [...calls]) {
    const { deed, isSent, reply, isSuperseded } = call;
    const queues = taken.get(call.view) ?? new Set();
    taken.set(call.view, queues);
    const isFree = !isSent && !reply && !isStopped && calls.includes(call);
    const queue = deed && deed.order !== PARALLEL ? queueOf(deed.mark()) : -1;
    // While the tree is asked for nothing else is sent.
    const isTurn = deed ? !queues.has(queue) && !syncs().length && calls.filter((other) => other.isSent).length + Math.min(following, MOST - 1) < MOST : !syncs().some((other) => other.isSent);
    if (isFree && isTurn) void make(call);
    if (queue >= 0 && !isSuperseded) queues.add(queue);
  }
  show();
}

async function make(call: Call): Promise<void> {
  const { deed, message } = call;
  call.isSent = true;
  try {
    const address = message ? undefined : deed?.address();
    const reply = address === null ? undefined : await send(call, address);
    call.isSent = call.isRetrying = false;
    if (!calls.includes(call)) return work();
    if (reply) take(call, reply);
    else if (reply === null) {
      isStopped = true;
      notify(texts.unreachable!, true, resume);
    } else {
      if (!QUIET.test(deed!.type)) notify(texts.changed!, false);
      end(call, { c: CHANGED, m: texts.changed! });
    }
    arrange();
  } catch (error) {
    console.error(error);
    notify(texts.failed!, true);
    end(call, failed());
  }
  work();
}

/** Sends until there is an answer; null when there is none to be had. */
async function send(call: Call, address: Key[] | undefined): Promise<Reply | null> {
  const { deed, joins, view } = call;
  const others = calls.filter((other) => other !== call && other.view === view && other.message);
  const ids = (list: Call[]): Wire => (list.length ? list.map(({ id }) => id) : undefined!);
  if (!call.message) {
    call.base = view.sealed;
    call.message = {
      p: PROTOCOL,
      i: view.id,
      v: view.version,
      c: call.id,
      a: address!,
      h: deed?.mark()!,
      g: deed?.reference!,
      e: deed?.fields!,
      f: deed?.entries!,
      u: ids(others),
      z: ids(deed?.order === LATEST ? others.filter((other) => other.isSuperseded && other.deed!.source() === deed.source()) : []),
      m: joins.length ? joins.flatMap(forkOf) : deed || (tree.isKnown && !call.fallback) ? undefined! : [],
      o: (deed && call.number < refused.get(deed.element)!) || undefined!,
      x: (deed?.end && true)!,
    };
  }
  const { message, base } = call;
  // Files are not to be sent twice.
  let withState = !!base && (base.length <= SMALL_STATE || !!joins.length || !!deed?.files.length);
  let begin = Date.now();
  let tries = 1;
  const piece = deed && pieceOf(deed.files);
  // Without what sends pieces, of another release perhaps, files are sent at once.
  if (piece) call.pieces ??= await import("./pieces.js").then(({ inPieces }) => inPieces(deed), () => undefined);
  const port: Port = {
    piece: piece!,
    post: (message) => post(encode(message), view, call),
    async put(body, headers, tell, signal) {
      const reply = await post(null, view, undefined, () => put(view.address, body, { ...headers, Accept: MEDIA_TYPE }, timeout, tell, signal));
      if (!reply || reply.pause) return reply;
      // It goes on, so nothing is given up.
      begin = Date.now();
      tries = 0;
      if (call.isRetrying) call.isRetrying = false;
      show();
      return reply;
    },
    show: () => tree.settle(),
    isOver: () => !calls.includes(call) || !!call.isSuperseded,
  };
  for (; ; tries++) {
    const content: WireMap = { ...message, s: withState ? base! : undefined! };
    const reply = await (call.pieces ? call.pieces(content, port) : post(encode(content), view, call));
    if (call.isAborted) return { status: 0, answer: { e: TAKEN_OVER } };
    if (reply && !withState && base && errorIn(reply.answer).c === "state") {
      withState = true;
      continue;
    }
    if ((reply && !reply.pause) || tries >= TRIES || Date.now() - begin >= LONGEST_RETRY) return reply;
    call.isRetrying = true;
    show();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        wakes.delete(wake);
        resolve();
      };
      wakes.add(wake);
      setTimeout(wake, reply?.pause ?? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * (0.75 + Math.random() / 2));
    });
  }
}

/** One attempt, of `how` or as a call. Null: no answer came from the application, and none can be told from the silence. */
async function post(body: Uint8Array<ArrayBuffer> | null, view: View, call?: Call, how?: () => Promise<Response>): Promise<Reply | null> {
  const { address } = view;
  const deed = call?.deed;
  let answer: Wire = null;
  let response: Response;
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const live = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), timeout);
  };
  try {
    if (how) response = await how();
    else if (deed?.files.length && !call?.pieces) {
      response = await upload(address, body!, deed.files, timeout, (percent) => {
        deed.progress = percent;
        tree.settle();
      });
    } else {
      live();
      response = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": MEDIA_TYPE, Accept: MEDIA_TYPE },
        body,
        cache: "no-store",
        keepalive: isLeaving,
        // Followed, a redirect (to a page that asks for a password, say) would look like an answer.
        redirect: "manual",
        signal: controller.signal,
      });
    }
    if (response.headers.get("Content-Type")?.startsWith(MEDIA_TYPE)) {
      answer = await messageIn(response, live, (answer) => {
        call!.abort = (): void => {
          if (answer.f === DETACHED) return;
          call!.isAborted = true;
          controller.abort();
        };
        frames.push({ view, answer, call });
        arrange();
      });
    } else if (/^50[234]$/.test(String(response.status))) return null;
  } catch (error) {
    if (error instanceof RangeError) return { status: 413, answer: { e: { c: "large", m: error.message } } };
    return null;
  } finally {
    if (isMap(answer) && answer.f === AWAITED) live();
    else clearTimeout(timer!);
  }
  const { status, headers } = response;
  if (headers.get(COOKIES_HEADER)) onCookies();
  const whole = isMap(answer) ? answer : null;
  const seconds = Number(headers.get("Retry-After")) || 1;
  return { status, answer: whole, pause: errorIn(whole).c === RATE ? Math.min(seconds * 1000, LONGEST_RETRY / 2) * (1 + Math.random() / 4) : undefined };
}

export const errorIn = (answer: WireMap | null): WireMap => (isMap(answer?.e) ? answer.e : {});

function take(call: Call, { status, answer }: Reply): void {
  const { deed, fallback, joins } = call;
  if (call.view !== view) return conclude(call, { status, answer });
  if (answer && (!fallback || "r" in answer)) {
    call.reply = { status, answer };
    if ("v" in answer) noteState(answer.v as number, (answer.s ?? stateBefore(answer) ?? call.base ?? null) as Uint8Array | null);
    return;
  }
  end(call, failed());
  if (fallback) view = fallback;
  else {
    joins.forEach((each) => finish(each, false));
    notify(texts.failed!, true);
    // It may have been done: what the page shows can be out of date.
    if (deed && status >= 200 && status < 300) sync();
  }
}

/** Ends a call whose page was left: who waits for it is told, and the person of what went wrong. */
function conclude(call: Call, { answer }: Reply): void {
  const { view, deed, isSuperseded } = call;
  const { c: code, m: message } = answer ? errorIn(answer) : failed();
  if (answer && ("b" in answer ? answer.b === view.version : "r" in answer && call.base === view.sealed)) {
    view.version = answer.v as number;
    if (answer.s instanceof Uint8Array) view.sealed = answer.s;
  }
  remove(call);
  settle();
  if (code && code !== SUPERSEDED && !isSuperseded && !QUIET.test(deed!.type) && !deed!.end) notify((message ?? texts.failed) as string, true);
  deed!.end?.(code ? errorIn(answer) : null, answer?.x);
  if (answer) onAnswer(answer, true, true);
}

/** Whether nobody but this call has changed the state that it goes on from. */
const isAlone = ({ base, shown }: Call): boolean => (shown === undefined ? base : shown) === view.sealed;

const fitNow = (call: Call): ReturnType<typeof fitOf> => {
  const { isSuperseded, reply } = call;
  const { answer } = reply!;
  const fit = fitOf(answer, view.version, isAlone(call));
  // Of these nothing is missed.
  if (answer.l && fit !== "fits") return "done";
  return fit === "fork" && (isSuperseded || errorIn(answer).c === STALE) ? "done" : fit;
};

/** The states before and after a call that was answered from a state that the page has left. */
function forkOf({ base, reply, isSuperseded }: Call): Wire[] {
  const { answer } = reply!;
  const before = stateBefore(answer) ?? base;
  return before && answer.s && !isSuperseded ? [[before, answer.s]] : [];
}

/** Shows the answers that can be shown by now, in the order of their versions; what does not fit is brought together. */
function arrange(): void {
  const fit = ({ answer, call, base }: Frame): ReturnType<typeof fitOf> => fitOf(answer, view.version, call ? isAlone(call) : base === view.sealed);
  for (;;) {
    frames = frames.filter((frame) => frame.view === view);
    const frame = frames.find((each) => fit(each) !== "early");
    const next = frame ? undefined : calls.find((call) => call.reply && !call.isJoined && /fits|done/.test(fitNow(call)));
    if (next) finish(next, fitNow(next) === "fits");
    else if (!frame) break;
    else {
      const how = fit(frame);
      frames = frames.filter((each) => each !== frame);
      if (how === "fits") showFrame(frame);
      else if (how === "fork" && !frame.call) onMissed();
    }
  }
  const isSending = following > 0 || calls.some((call) => call.isSent && call.view === view);
  // What comes before them has been lost.
  if (frames.length && !isSending) {
    frames = [];
    onMissed();
  }
  const apart = calls.filter((call) => call.reply && !call.isJoined && (!isSending || fitNow(call) === "fork"));
  if (apart.length && calls.every(({ deed, reply }) => deed || reply)) sync(undefined, apart);
}

/** Shows a part of an answer, or what nobody has asked for. */
function showFrame({ answer, call }: Frame): void {
  const isMine = !!call && isAlone(call);
  if (answer.s instanceof Uint8Array) view.sealed = answer.s;
  const { deed, edit } = call ?? {};
  const isFirst = deed && call!.shown === undefined;
  if (call) call.shown = isMine ? view.sealed : null;
  // What it foretold has come.
  if (deed) deed.layer = undefined;
  note();
  if (!apply(answer, true, edit ?? 0)) return sync();
  if (isFirst) delivered(deed.controls, edit!, !!deed.entries, !!answer.w, deed.stays);
  document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: view.version, status: 200 } }));
  run(answer.j, deed?.element ?? document.documentElement);
  if (tree.isLacking) sync();
  onAnswer(answer, false, false);
}

/** Ends a call with its answer. */
function finish(call: Call, isShown: boolean): void {
  const { deed, edit, joins, isSuperseded } = call;
  const { status, answer } = call.reply!;
  const isSync = "r" in answer;
  const { c: code, m: message, f: wrong, t: trace } = errorIn(answer);
  if (isShown && answer.s instanceof Uint8Array) view.sealed = answer.s;
  // What was pending ends in the same task.
  remove(call);
  note();
  const fits = apply(answer, isShown, edit);
  joins.forEach((each) => finish(each, false));
  if (deed && !isSuperseded) {
    if (status >= 300 || code) {
      refused.set(deed.element, made);
      deed.putBack?.();
    } else {
      delivered(deed.controls, edit, !!deed.entries, !!answer.w, deed.stays);
      due.push(() => [deed.after, answer.j].forEach((effects) => run(effects, deed.element)));
    }
    if (code === INVALID && isMap(wrong)) focusWrong(deed.form, Object.keys(wrong));
  }
  const isTold = code && code !== SUPERSEDED && code !== CAUGHT && !isSuperseded && (code !== INVALID || (!isSync && !("d" in answer) && !deed?.end));
  if (answer.n) notify(answer.n as string, false);
  // A script that waits says itself what is wrong with its data.
  else if (isTold) notify((message ?? texts.failed) as string, !isSync && code !== CHANGED);
  if (trace) void import("./overlay.js").then(({ show }) => show(trace));
  if (fits) {
    document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: view.version, status } }));
    // Hooks that have come with the answer hear of them, too.
    due.splice(0).forEach((work) => work());
    if (tree.isLacking && !call.message?.m) sync();
  } else if (deed || !isSync) sync();
  else notify(texts.failed!, true);
  deed?.end?.(code ? errorIn(answer) : null, answer.x);
  if (!isSuperseded) onAnswer(answer, call.view !== view, !!deed);
  follow(answer);
}

/** Brings the tree to what the answer says, if it is to be shown. False: it does not fit. */
function apply(answer: WireMap, isShown: boolean, edit: number): boolean {
  const isSync = "r" in answer;
  try {
    if (isShown) {
      tree.learn((answer.t ?? []) as Wire[], isSync);
      tree.foretell((answer.a ?? []) as Wire[], isSync);
    }
    answering(edit, !!answer.w, () => {
      if (isShown && isSync) tree.sync(answer.r!);
      else if (isShown && "d" in answer) tree.patch(answer.d!);
      else tree.settle();
    });
  } catch (problem) {
    console.error(problem);
    return false;
  }
  if (!isShown) return true;
  if (isSync) syncs++;
  view.version = answer.v as number;
  if (!calls.some(({ message }) => message)) forgetStates();
  noteState(view.version, view.sealed);
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

/** Loads an address; one that is a script is none. */
export function leave(address: string, replace = false): void {
  const { protocol, href } = new URL(address, location.href);
  if (/^https?:$/.test(protocol)) location[replace ? "replace" : "assign"](href);
}
