/** Answers that do not come one for each call, in turn: parts of them, such as nobody has asked for, those of several processes. */

import { apply, awaits, type Call, calls, errorIn, finish, flow, note, partsFor, run, sync, told, tree, type View, view } from "./calls";
import type { Wire, WireMap } from "./codec";
import { load, more } from "./parts";
import { DETACHED, STALE, SUPERSEDED } from "./protocol";
import { states } from "./queues";

/** Versions of one lineage count up; others begin anywhere. */
const NEAR = 32;
/** The bytes that the states of versions may take. */
const MOST = 4_000_000;

/**
 * The state that an answer's version was made from. Of versions in between that were not told their calls have no answer
 * yet, so that nothing else can have become of what they did.
 */
export function stateBefore({ b, v }: WireMap): Uint8Array | null | undefined {
  while (states.size * (view.sealed?.length ?? 0) > MOST) states.delete(states.keys().next().value!);
  const before = (b ?? (v as number) - 1) as number;
  for (let version = before; version > before - NEAR; version--) if (states.has(version)) return states.get(version);
  return undefined;
}

/**
 * Whether an answer can be shown: "fits", or "done" (nothing is to be shown, or it is contained in what is), or "early" (an
 * answer comes before it), or "fork" (the server went on from a state that the page has left).
 */
export function fitOf(answer: WireMap, version: number, isSameState: boolean): "fits" | "done" | "early" | "fork" {
  const isSync = "r" in answer;
  if (!isSync && !("b" in answer)) return "done";
  const ahead = (answer.v as number) - version;
  const isNear = Math.abs(ahead) <= NEAR;
  if (isNear && ahead <= 0) return "done";
  if (isSync ? isNear || isSameState : answer.b === version) return "fits";
  return isNear ? "early" : "fork";
}

/** What the server says of itself, or the part of an answer that comes before its end. */
interface Frame {
  view: View;
  answer: WireMap;
  call?: Call | undefined;
  /** The state that it was made from, where that is known. */
  base?: Uint8Array | null | undefined;
}

/** What cannot be shown yet, in the order in which it came. */
let frames: Frame[] = [];

/** Takes what the server says of itself; `base`: the state that it was asked to go on from. */
export function receive(answer: WireMap, base?: Uint8Array | null, of = view): void {
  frames.push({ view: of, answer, base });
  arrange();
}

/** Takes a part of the answer to a call, which `controller` can give up. */
export function receivePart(answer: WireMap, call: Call, controller: AbortController): void {
  call.abort = (): void => {
    if (answer.f === DETACHED) return;
    call.aborted = { status: 0, answer: { e: { c: SUPERSEDED, m: "" } } };
    controller.abort();
  };
  frames.push({ view: call.view, answer, call });
  arrange();
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

/** The states before and after calls that were answered from a state that the page has left. */
export const forksOf = (joins: Call[]): Wire[] =>
  joins.flatMap(({ base, reply, isSuperseded }) => {
    const { answer } = reply!;
    const before = stateBefore(answer) ?? base;
    return before && answer.s && !isSuperseded ? [[before, answer.s]] : [];
  });

/** Shows the answers that can be shown by now, in the order of their versions; what does not fit is brought together. */
export function arrange(): void {
  const fit = ({ answer, call, base }: Frame): ReturnType<typeof fitOf> => fitOf(answer, view.version, call ? isAlone(call) : base === view.sealed);
  for (;;) {
    frames = frames.filter((frame) => frame.view === view);
    const frame = frames.find((each) => fit(each) !== "early");
    const next = frame ? undefined : calls.find((call) => call.reply && !call.isJoined && /fits|done/.test(fitNow(call)));
    if (awaits(load(partsFor(frame?.answer ?? next?.reply!.answer ?? {})))) return;
    if (next) finish(next, fitNow(next) === "fits");
    else if (!frame) break;
    else {
      const how = fit(frame);
      frames = frames.filter((each) => each !== frame);
      if (how === "fits") showFrame(frame);
      else if (how === "fork" && !frame.call) missed();
    }
  }
  const isSending = flow.following > 0 || calls.some((call) => call.isSent && call.view === view);
  // What comes before them has been lost.
  if (frames.length && !isSending) {
    frames = [];
    missed();
  }
  const apart = calls.filter((call) => call.reply && !call.isJoined && (!isSending || fitNow(call) === "fork"));
  if (!apart.length || !calls.every(({ deed, reply }) => deed || reply)) return;
  for (const each of apart) each.isJoined = true;
  sync(undefined, apart);
}

/** Something that nobody has asked for cannot be shown, since what comes before it is missing. */
const missed = (): void => (more.missed ?? sync)();

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
