/** Calls to the server: in the order of their queues; each is sent until it is answered, and ends once. */

import { decode, encode, isMap, type Wire, type WireMap } from "./codec";
import type { Content } from "./contents";
import type { Layer } from "./layers";
import { notify, texts } from "./notices";
import { having, load, more, type Part } from "./parts";
import { mark } from "./pending";
import { AWAITED, CAUGHT, CHANGED, COOKIES_HEADER, DETACHED, DROP, FAILED, INVALID, LATEST, MEDIA_TYPE, PARALLEL, PROTOCOL, RATE, STALE, STREAM_TYPE, SUPERSEDED, WRONG_PROTOCOL } from "./protocol";
import { fitOf, forgetStates, noteState, queueOf, stateBefore } from "./queues";
import type { UnderWay } from "./symbols";
import { renew } from "./renewal";
import type { Key, Tree } from "./tree";

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

export interface Call {
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
  /** Sends it with its files. */
  carry?: ((message: WireMap) => Promise<Reply | null>) | undefined;
  /** It goes on, so nothing is given up. */
  renew?: () => void;
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

/** Events of which only the latest counts. */
const REPLACED = /^(input|scroll|pointermove|mousemove|interval)$/;
/** Events that the person would not miss. */
export const QUIET = /^(input|scroll|pointer|mouse|interval|focus|blur|toggle|load|error|mount|visible|hidden|clickoutside)/;
/** Events that come in such numbers, or by themselves, that their elements are not marked as busy. */
const UNMARKED = /^(scroll|pointermove|mousemove|interval)$/;
/** A larger state is sent only when the server asks for it. */
export const SMALL_STATE = 1024;
export const TRIES = 10;
const LONGEST_RETRY = 60_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
/** Browsers have six connections to a server (HTTP/1.1): one is left for the way to another page. */
const MOST = 5;
/** How a call ends in whose place another one stands. */
export const TAKEN_OVER = { c: SUPERSEDED, m: "" };
export const failed = (): WireMap => ({ c: FAILED, m: texts.failed! });

export let tree: Tree;
/** The page as it was loaded. */
export let served: WireMap;
export let view: View;
export let timeout: number;
/** Those that have not ended, oldest first. */
export const calls: Call[] = [];
/** What cannot be shown yet, in the order in which it came. */
let frames: Frame[] = [];
/** How many responses there are in which parts of a page are still to come. */
export const following = { now: 0 };
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
/** Answers, and parts of them, that wait for a part of the client. */
let partsAwaited = 0;
let isLeaving = false;
let isNavigating = false;
/** How often the whole tree has come; numbers of templates and predictions are new then. */
export let syncs = 0;
/** Begins with a page. */
export function startCalls(of: Tree, data: WireMap, first: View, seconds: number): void {
  tree = of;
  served = data;
  view = first;
  timeout = seconds * 1000;
  addEventListener("online", resume);
  addEventListener("offline", show);
}

/** Goes on with another view: a page that is shown in place of this one, or one that was left here. */
export function setView(next: View): void {
  view = next;
  syncs++;
}

/** The person is on the way to another page, or no longer. */
export function setNavigating(is: boolean): void {
  isNavigating = is;
  show();
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
  if (deed.layer?.isShown && deed.entries && !deed.stays) deed.putBack = more.clear!(deed.controls, sent.edit);
  if (!QUIET.test(deed.type)) isStopped = false;
  work();
}

/** Takes what the server says of itself; `base`: the state that it was asked to go on from. */
export function receive(answer: WireMap, base?: Uint8Array | null, of = view): void {
  frames.push({ view: of, answer, base });
  arrange();
}

/** Asks for the whole tree, before anything else is sent. */
export function sync(fallback?: View, joins: Call[] = []): void {
  for (const each of joins) each.isJoined = true;
  calls.unshift({ ...newCall(), fallback, joins });
  work();
}

/** A call is not under way any more; nor are those whose answers it brings together. */
export function remove(call: Call): void {
  calls.splice(calls.indexOf(call) >>> 0, 1);
  call.joins.forEach(remove);
}

/** A call is no more, and nothing comes of it. */
export function end(call: Call, error: WireMap): void {
  remove(call);
  settle();
  call.deed?.end?.(error);
}

/** Whether a call of this element and type, and with this content of a form, has no answer yet. */
export const isWaiting = (element: Element, type: string, content?: Content): boolean =>
  underWay().some((deed) => deed.element === element && deed.type === type && (!content || (!deed.putBack && more.fingerprint!(content) === more.fingerprint!(deed))));

/** The deeds whose calls have no answer yet, oldest first. */
export const underWay = (): Deed[] => calls.flatMap(({ deed }) => deed ?? []);

/** Shows what is under way. */
export function settle(): void {
  note();
  tree.settle();
}

/** Notes what is under way, for what is shown next. */
export function note(): void {
  const deeds = underWay();
  more.setUnderWay?.(deeds);
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

export const newCall = (deed?: Deed): Call => ({ view, deed, number: made++, id: crypto.getRandomValues(new Uint8Array(16)), edit: more.lastEdit?.() ?? 0, joins: [] });

export function resume(): void {
  isStopped = false;
  wakes.forEach((wake) => wake());
  work();
}

/** Tells style sheets what goes on: <html data-reactor>. */
export function show(): void {
  const state = !navigator.onLine ? "offline" : calls.some(({ isRetrying }) => isRetrying) ? "retrying" : isNavigating ? "navigating" : (partsAwaited || calls.some(({ isSent }) => isSent)) && "busy";
  if (state) document.documentElement.dataset.reactor = state;
  else delete document.documentElement.dataset.reactor;
}

/** Sends what need not wait any more. */
export function work(): void {
  const taken = new Map<View, Set<number>>();
  const syncs = (): Call[] => calls.filter(({ deed, reply }) => !deed && !reply);
  for (const call of [...calls]) {
    const { deed, isSent, reply, isSuperseded } = call;
    const queues = taken.get(call.view) ?? new Set();
    taken.set(call.view, queues);
    const isFree = !isSent && !reply && !isStopped && calls.includes(call);
    const queue = deed && deed.order !== PARALLEL ? queueOf(deed.mark()) : -1;
    // While the tree is asked for nothing else is sent.
    const isTurn = deed ? !queues.has(queue) && !syncs().length && calls.filter((other) => other.isSent).length + Math.min(following.now, MOST - 1) < MOST : !syncs().some((other) => other.isSent);
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
  call.renew = () => {
    begin = Date.now();
    tries = 0;
    call.isRetrying = false;
    show();
  };
  if (deed?.files.length) {
    await load(["uploads"]);
    call.carry ??= await more.carrier!(call, deed);
  }
  for (; ; tries++) {
    const content: WireMap = { ...message, s: withState ? base! : undefined! };
    const reply = await (call.carry ? call.carry(content) : post(encode(content), view, call));
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
export async function post(body: Uint8Array<ArrayBuffer> | null, view: View, call?: Call, how?: () => Promise<Response>): Promise<Reply | null> {
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
    else {
      live();
      response = await fetch(view.address, {
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
      answer = await messageOf(response, live, (answer) => {
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
  if (headers.get(COOKIES_HEADER)) more.renewLine?.();
  const whole = isMap(answer) ? answer : null;
  const seconds = Number(headers.get("Retry-After")) || 1;
  return { status, answer: whole, pause: errorIn(whole).c === RATE ? Math.min(seconds * 1000, LONGEST_RETRY / 2) * (1 + Math.random() / 4) : undefined };
}

/** The message that a response brings, null if it cannot be understood; `part` is given those before it. Throws when it broke off. */
export async function messageOf(response: Response, live: () => void, part: (answer: WireMap) => void): Promise<Wire> {
  if (response.headers.get("Content-Type") === STREAM_TYPE) {
    await load(["streams"]);
    return more.messageIn!(response, live, part);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  try {
    return decode(bytes);
  } catch {
    return null;
  }
}

export const errorIn = (answer: WireMap | null): WireMap => (isMap(answer?.e) ? answer.e : {});

function take(call: Call, { status, answer }: Reply): void {
  const { deed, fallback, joins } = call;
  if (call.view !== view) return more.conclude!(call, { status, answer });
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

/** What brings a part of its own. */
const BROUGHT: { [key: string]: Part } = { a: "predictions", j: "effects", l: "navigation", q: "listening", r: "making", t: "making" };

/** Has loaded what a page or an answer needs before it is shown; nothing, when that is there. */
export function prepare(answer: WireMap): Promise<unknown> | undefined {
  // What is not plain is looked at closely by what makes it.
  const parts = Object.keys(answer).flatMap((key) => BROUGHT[key] ?? (key === "d" && !tree.changesPlainly(answer.d!) ? "making" : []));
  return load(more.needs?.(answer) ?? parts)?.then(() => prepare(answer));
}

/** Shows the answers that can be shown by now, in the order of their versions; what does not fit is brought together. */
export function arrange(): void {
  const fit = ({ answer, call, base }: Frame): ReturnType<typeof fitOf> => fitOf(answer, view.version, call ? isAlone(call) : base === view.sealed);
  for (;;) {
    frames = frames.filter((frame) => frame.view === view);
    const frame = frames.find((each) => fit(each) !== "early");
    const next = frame ? undefined : calls.find((call) => call.reply && !call.isJoined && /fits|done/.test(fitNow(call)));
    const loading = prepare(frame?.answer ?? next?.reply!.answer ?? {});
    if (loading) return void (partsAwaited++, loading.then(() => (partsAwaited--, arrange(), work())));
    if (next) finish(next, fitNow(next) === "fits");
    else if (!frame) break;
    else {
      const how = fit(frame);
      frames = frames.filter((each) => each !== frame);
      if (how === "fits") showFrame(frame);
      else if (how === "fork" && !frame.call) missed();
    }
  }
  const isSending = following.now > 0 || calls.some((call) => call.isSent && call.view === view);
  // What comes before them has been lost.
  if (frames.length && !isSending) {
    frames = [];
    missed();
  }
  const apart = calls.filter((call) => call.reply && !call.isJoined && (!isSending || fitNow(call) === "fork"));
  if (apart.length && calls.every(({ deed, reply }) => deed || reply)) sync(undefined, apart);
}

/** Something that nobody has asked for cannot be shown, since what comes before it is missing. */
const missed = (): void => (more.missed ?? sync)();

/** Has each answer told, when its call has ended. */
export function told(answer: WireMap, isLeft: boolean, isAsked: boolean): void {
  more.noteAnswer?.(answer, isLeft);
  if (errorIn(answer).c === WRONG_PROTOCOL) renew();
  else if (more.noteOutcome) more.noteOutcome(answer, isLeft, isAsked);
  else if (answer.l) leave(answer.l as string, !!(answer.y as Wire[] | undefined)?.[0]);
}

/** Does effects, as seen from an element. */
export function run(effects: Wire | undefined, element: Element): void {
  if (effects) having(["effects"], () => more.run!(effects, element));
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
  if (isFirst) more.delivered?.(deed.controls, edit!, !!deed.entries, !!answer.w, deed.stays);
  document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: view.version, status: 200 } }));
  run(answer.j, deed?.element ?? document.documentElement);
  if (tree.isLacking) sync();
  told(answer, false, false);
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
      more.delivered?.(deed.controls, edit, !!deed.entries, !!answer.w, deed.stays);
      due.push(() => [deed.after, answer.j].forEach((effects) => run(effects, deed.element)));
    }
    if (code === INVALID && isMap(wrong)) more.focusWrong?.(deed.form, Object.keys(wrong));
  }
  const isTold = code && code !== SUPERSEDED && code !== CAUGHT && !isSuperseded && (code !== INVALID || (!isSync && !("d" in answer) && !deed?.end));
  if (answer.n) notify(answer.n as string, false);
  // A script that waits says itself what is wrong with its data.
  else if (isTold) notify((message ?? texts.failed) as string, !isSync && code !== CHANGED);
  if (trace) void import("./overlay").then(({ show }) => show(trace));
  if (fits) {
    document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: view.version, status } }));
    // Hooks that have come with the answer hear of them, too.
    due.splice(0).forEach((work) => work());
    if (tree.isLacking && !call.message?.m) sync();
  } else if (deed || !isSync) sync();
  else notify(texts.failed!, true);
  deed?.end?.(code ? errorIn(answer) : null, answer.x);
  if (!isSuperseded) told(answer, call.view !== view, !!deed);
  if (answer.f === AWAITED) more.follow!(answer);
}

/** Brings the tree to what the answer says, if it is to be shown. False: it does not fit. */
function apply(answer: WireMap, isShown: boolean, edit: number): boolean {
  const isSync = "r" in answer;
  try {
    if (isShown) {
      tree.learn((answer.t ?? []) as Wire[], isSync);
      more.foretell?.((answer.a ?? []) as Wire[], isSync);
    }
    const draw = (): void => {
      if (isShown && isSync) tree.sync(answer.r!);
      else if (isShown && "d" in answer) tree.patch(answer.d!);
      else tree.settle();
    };
    if (more.answering) more.answering(edit, !!answer.w, draw);
    else draw();
  } catch (problem) {
    console.error(problem);
    return false;
  }
  heedLinks();
  if (!isShown) return true;
  if (isSync) syncs++;
  view.version = answer.v as number;
  if (!calls.some(({ message }) => message)) forgetStates();
  noteState(view.version, view.sealed);
  return true;
}

/** What stands for the page is kept with its entry in the history, for a return. */
export function remember(): void {
  try {
    history.replaceState({ ...(history.state as object | null), reactor: more.leftHere?.() ?? view }, "");
  } catch {
    // Browsers limit the size of the state: then the page begins afresh.
  }
}

/** Where there are links, other pages may be shown in place of this one. */
export function heedLinks(): void {
  if (document.links.length && (served.o as WireMap).pages) void load(["navigation"], true);
}

/** Loads an address; one that is a script is none. */
export function leave(address: string, replace = false): void {
  const { protocol, href } = new URL(address, location.href);
  if (/^https?:$/.test(protocol)) location[replace ? "replace" : "assign"](href);
}
