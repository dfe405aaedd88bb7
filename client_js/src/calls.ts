/**
 * Calls to the server: in the order of their queues; each ends once. Here they take their ordinary course: one answer to one call,
 * which goes on from what is shown. Whatever else comes is a matter of `turns` and `retries`, which are loaded for it.
 */

import { decode, encode, isMap, type Wire, type WireMap } from "./codec";
import type { Content } from "./contents";
import type { Layer } from "./layers";
import { having, load, more, type Part } from "./parts";
import { mark } from "./pending";
import { AWAITED, COOKIES_HEADER, MEDIA_TYPE, NEEDS_STATE, PARALLEL, PROTOCOL, RATE, STREAM_TYPE } from "./protocol";
import { queueOf, states } from "./queues";
import type { UnderWay } from "./symbols";
import type { Key, Tree } from "./tree";
import { SMALL_STATE, UNMARKED } from "./types";

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
  /** When it was first sent, or last seen to go on, and how often it was tried since. */
  begun?: number;
  tries?: number;
  isSuperseded?: boolean;
  /** Sends it with its files. */
  carry?: ((message: WireMap) => Promise<Reply | null>) | undefined;
  /** An answer that cannot be shown yet. */
  reply?: Answered;
  /** It has been answered in part: the state that this came to, null once others have changed it as well. */
  shown?: Uint8Array | null;
  /** Gives up what it is sent by: the page that wants to know more is left. */
  abort?: () => void;
  /** How it has ended by that. */
  aborted?: Reply;
  /** For a sync of a page that was left: the view to fall back to. */
  fallback?: View | undefined;
  /** For a sync: the calls whose answers it brings together. */
  joins: Call[];
  isJoined?: boolean;
}

export interface Reply {
  status: number;
  /** Null: not from the application, or not to be understood. */
  answer: WireMap | null;
  /** There were too many calls: seconds after which this one may be sent again. */
  pause?: number;
}
/** What was understood. */
export interface Answered extends Reply {
  answer: WireMap;
}

/** Browsers have six connections to a server (HTTP/1.1): one is left for the way to another page. */
const MOST = 5;

export let tree: Tree;
/** The page as it was loaded. */
export let served: WireMap;
export let view: View;
export let timeout: number;
/** Those that have not ended, oldest first. */
export const calls: Call[] = [];
/** What goes on besides. */
export const flow = {
  /** How many calls there have been. */
  made: 0,
  /** How many responses there are in which parts of a page are still to come. */
  following: 0,
  /** Answers, and parts of them, that wait for a part of the client. */
  awaited: 0,
  /** How often the whole tree has come; numbers of templates and predictions are new then. */
  syncs: 0,
  /** Given up for now; what waits, waits for the person or the network. */
  isStopped: false,
  isLeaving: false,
  isNavigating: false,
};
/** Effects that wait until the page shows what they are for. */
const due: (() => void)[] = [];
/** Begins with a page. */
export function startCalls(of: Tree, data: WireMap, seconds: number): void {
  tree = of;
  served = data;
  view = { id: data.i!, version: data.v as number, sealed: data.s as Uint8Array | null, address: location.href };
  timeout = seconds * 1000;
  for (const type of ["online", "offline"]) addEventListener(type, show);
}

/** Goes on with another view: a page that is shown in place of this one, or one that was left here. */
export function setView(next: View): void {
  view = next;
  flow.syncs++;
}

/** Queues a call for what the person did. */
export function call(deed: Deed): void {
  if (more.isDropped?.(deed)) return;
  const sent = newCall(deed);
  calls.push(sent);
  settle();
  more.empty?.(deed, sent.edit);
  more.goOn?.(deed);
  work();
}

/** Shows a sentence; without one that something did not work. */
export const notify = (...given: [message?: string, isFailure?: boolean]): void => having(["recovery"], () => more.notify!(...given));

/** Asks for the whole tree, before anything else is sent. */
export function sync(fallback?: View, joins: Call[] = []): void {
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
  underWay().some((deed) => deed.element === element && deed.type === type && (!content || (!deed.putBack && more.isSame!(content, deed))));

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
  more.noteLayers?.();
  mark(new Set(deeds.flatMap(({ type, shows }) => (UNMARKED.test(type) ? [] : shows))));
}

export const newCall = (deed?: Deed): Call => ({ view, deed, number: flow.made++, id: crypto.getRandomValues(new Uint8Array(16)), edit: more.lastEdit?.() ?? 0, joins: [] });

/** Tells style sheets what goes on: <html data-reactor>. */
export function show(): void {
  const state = !navigator.onLine ? "offline" : calls.some(({ isRetrying }) => isRetrying) ? "retrying" : flow.isNavigating ? "navigating" : (flow.awaited || calls.some(({ isSent }) => isSent)) && "busy";
  if (state) document.documentElement.dataset.reactor = state;
  else delete document.documentElement.dataset.reactor;
}

/** Sends what need not wait any more. */
export function work(): void {
  const taken = new Map<View, Set<number>>();
  for (const call of [...calls]) {
    const { deed, isSent, reply, isSuperseded } = call;
    const queues = taken.get(call.view) ?? new Set();
    taken.set(call.view, queues);
    const queue = deed && deed.order !== PARALLEL ? queueOf(deed.mark()) : -1;
    const sent = calls.filter((other) => other.isSent);
    // While the tree is asked for nothing else is sent.
    const isTurn = deed ? !queues.has(queue) && calls.every((other) => other.deed || other.reply) && sent.length + Math.min(flow.following, MOST - 1) < MOST : sent.every((other) => other.deed);
    if (isTurn && !isSent && !reply && !flow.isStopped && calls.includes(call)) void make(call);
    if (queue >= 0 && !isSuperseded) queues.add(queue);
  }
  show();
}

/** Has loaded what helps where something went wrong. Until the network gives it there would be no answer, either. */
async function recovering(call: Call): Promise<void> {
  const loading = load(["recovery"]);
  if (!loading) return;
  call.isRetrying = true;
  show();
  await loading;
}

async function make(call: Call): Promise<void> {
  call.isSent = true;
  try {
    const address = call.message ? undefined : call.deed?.address();
    const reply = address === null ? undefined : await send(call, address);
    const { answer } = reply ?? {};
    const isWhole = !!answer && (!call.fallback || "r" in answer);
    if (!isWhole) await recovering(call);
    call.isSent = call.isRetrying = false;
    if (calls.includes(call)) {
      if (reply && call.view !== view) more.conclude!(call, reply);
      else if (isWhole) {
        call.reply = reply as Answered;
        if ("v" in answer) states.set(answer.v as number, (answer.s ?? more.stateBefore?.(answer) ?? states.get(answer.b as number) ?? call.base ?? null) as Uint8Array | null);
      } else more.fail!(call, reply);
      arrange();
    }
  } catch (error) {
    console.error(error);
    having(["recovery"], () => more.fail!(call, { status: 0, answer: null }));
  }
  work();
}

/** Sends until there is an answer; null when there is none to be had. */
async function send(call: Call, address: Key[] | undefined): Promise<Reply | null> {
  const { deed, joins, view } = call;
  const others = calls.filter((other) => other !== call && other.view === view && other.message);
  const ids = (list: Call[] = []): Wire => (list.length ? list.map(({ id }) => id) : undefined!);
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
      z: ids(more.replacedBy?.(deed, others)),
      m: joins.length ? more.forksOf!(joins) : deed || (tree.isKnown && !call.fallback) ? undefined! : [],
      o: more.isUnaware?.(call) || undefined!,
      x: (deed?.end && true)!,
    };
  }
  const { message, base } = call;
  // Files are not to be sent twice.
  let withState = !!base && (base.length <= SMALL_STATE || !!joins.length || !!deed?.files.length);
  call.begun = Date.now();
  call.tries = 1;
  if (deed?.files.length) {
    await load(["uploads"]);
    call.carry ??= await more.carrier!(call, deed);
  }
  const attempt = async (): Promise<Reply | null> => {
    const content: WireMap = { ...message, s: withState ? base! : undefined! };
    const reply = await (call.carry ? call.carry(content) : post(encode(content), view, call));
    if (!reply || withState || !base || errorIn(reply.answer).c !== NEEDS_STATE) return reply;
    withState = true;
    return attempt();
  };
  const reply = await attempt();
  if (reply && !reply.pause) return reply;
  await recovering(call);
  return more.repeat!(call, reply, attempt);
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
        keepalive: flow.isLeaving,
        // Followed, a redirect (to a page that asks for a password, say) would look like an answer.
        redirect: "manual",
        signal: controller.signal,
      });
    }
    if (response.headers.get("Content-Type")?.startsWith(MEDIA_TYPE)) {
      answer = await messageOf(response, live, (answer) => having(["recovery"], () => more.receivePart!(answer, call!, controller)));
    } else if (/^50[234]$/.test(String(response.status))) return null;
  } catch {
    return call?.aborted ?? null;
  } finally {
    if (isMap(answer) && answer.f === AWAITED) live();
    else clearTimeout(timer!);
  }
  const { status, headers } = response;
  if (headers.get(COOKIES_HEADER)) more.renewLine?.();
  const whole = isMap(answer) ? answer : null;
  return { status, answer: whole, pause: errorIn(whole).c === RATE ? Number(headers.get("Retry-After")) || 1 : 0 };
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

/** What brings a part of its own. */
const BROUGHT: { [key: string]: Part } = { a: "predictions", j: "effects", l: "navigation", q: "listening", r: "making", t: "making" };

/** What has to be there before an answer is shown, as far as it is known. */
export const partsFor = (answer: WireMap): Part[] =>
  // What is not plain is looked at closely by what makes it.
  more.needs?.(answer) ?? Object.keys(answer).flatMap((key) => BROUGHT[key] ?? (key === "d" && !tree.changesPlainly(answer.d!) ? "making" : []));

/** Whether answers have to wait for parts of the client. */
export function awaits(loading: Promise<unknown> | undefined): boolean {
  if (loading) {
    flow.awaited++;
    void loading.then(() => (flow.awaited--, arrange(), work()));
  }
  return !!loading;
}

/** Shows the answers that have come, as long as they are what was to come. */
export function arrange(): void {
  if (more.arrange) return more.arrange();
  const next = calls.find(({ reply }) => reply);
  if (!next) return;
  const { status, answer } = next.reply!;
  const { b, e, n, r } = answer;
  const isOrdinary = status < 300 && (b ?? view.version) === view.version && !e && !n && !r;
  if (awaits(load(isOrdinary ? partsFor(answer) : ["recovery", ...partsFor(answer)]))) return;
  finish(next, b !== undefined);
  arrange();
}

/** Has each answer told, when its call has ended. */
export function told(answer: WireMap, isLeft: boolean, isAsked: boolean): void {
  more.noteAnswer?.(answer, isLeft);
  if (more.isRenewed?.(answer)) return;
  if (more.noteOutcome) more.noteOutcome(answer, isLeft, isAsked);
  else if (answer.l) leave(answer.l as string, !!(answer.y as Wire[] | undefined)?.[0]);
}

/** Does effects, as seen from an element; `source`: of which calls they are, where those are not made yet. */
export function run(effects: Wire | undefined, element: Element, source?: () => Wire | undefined): void {
  if (effects) having(["effects"], () => more.run!(effects, element, source));
}

/** Ends a call with its answer. */
export function finish(call: Call, isShown: boolean): void {
  const { deed, edit, joins, isSuperseded } = call;
  const { status, answer } = call.reply!;
  const isSync = "r" in answer;
  const { c: code } = errorIn(answer);
  const isRefused = status >= 300 || !!code;
  if (isShown && answer.s instanceof Uint8Array) view.sealed = answer.s;
  // What was pending ends in the same task.
  remove(call);
  note();
  const fits = apply(answer, isShown, edit);
  joins.forEach((each) => finish(each, false));
  if (deed && !isSuperseded && !isRefused) {
    more.delivered?.(deed.controls, edit, !!deed.entries, !!answer.w, deed.stays);
    due.push(() => [deed.after, answer.j].forEach((effects) => run(effects, deed.element)));
  }
  if (isRefused || answer.n) more.tell!(call);
  if (fits) {
    document.dispatchEvent(new CustomEvent("reactor:patch", { detail: { version: view.version, status } }));
    // Hooks that have come with the answer hear of them, too.
    due.splice(0).forEach((work) => work());
    if (tree.isLacking && !call.message?.m) sync();
  } else if (deed || !isSync) sync();
  else notify();
  deed?.end?.(code ? errorIn(answer) : null, answer.x);
  if (!isSuperseded) told(answer, call.view !== view, !!deed);
  if (answer.f === AWAITED) more.follow!(answer);
  // It may be wanted when the network is bad, and the page has what it has waited for.
  void load(["recovery"], true);
}

/** Brings the tree to what the answer says, if it is to be shown. False: it does not fit. */
export function apply(answer: WireMap, isShown: boolean, edit: number): boolean {
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
  if (isSync) flow.syncs++;
  view.version = answer.v as number;
  if (!calls.some(({ message }) => message)) states.clear();
  states.set(view.version, view.sealed);
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
