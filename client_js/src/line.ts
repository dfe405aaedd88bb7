/**
 * The line: what the server says unasked comes over a WebSocket or, where none can be opened, as a response that does not
 * end. It carries nothing that cannot be had again: after a break the browser tells how far it has come, and is told the rest.
 */

import type { Wire, WireMap } from "./codec";
import { FAILED } from "./protocol";

/** What the line needs of the rest. */
export interface Page {
  /** Where the page is, and how far it has come; with its state if that is asked for. */
  position(withState: boolean): WireMap;
  /** The path of the page: cookies may be for a part of the site. */
  path(): string;
  /** Takes a frame; whether it goes on from the position that was told last. */
  receive(frame: WireMap, isAnswer: boolean): void;
  /** Asks for all of the page by a call. */
  sync(): void;
  /** The line is up, or no longer. */
  show(isUp: boolean): void;
  encode(value: Wire): Uint8Array<ArrayBuffer>;
  decode(bytes: Uint8Array): Wire;
  readFrames(body: ReadableStream<Uint8Array>, live: () => void, tell: (message: Uint8Array) => void): Promise<void>;
}

/** So many pauses between signs of life of the server without one, and a line is dead. */
const BEATS = 2.5;
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 30_000;
const OPENING = 10_000;

export class Line {
  private socket: WebSocket | undefined;
  private stream: AbortController | undefined;
  private isUp = false;
  /** It is told what all processes say. */
  private reaches = false;
  /** The server does not tell this page: nothing is tried before something has changed. */
  private isRefused = false;
  private isClosed = false;
  /** The position was told, and is not answered. */
  private isAsking = false;
  /** How often it was told. */
  private asked = 0;
  /** A WebSocket has failed, and a response that does not end has not. */
  private isStreamed = false;
  /** The view whose position was told last, and whether that was answered: what comes before is of another one. */
  private view = "";
  /** The path of the page that the line was opened for. */
  private path = "";
  private isTold = false;
  private tries = 0;
  private heard = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: string,
    private readonly page: Page,
    /** Seconds between two signs of life. */
    beat: number,
  ) {
    const silence = beat * BEATS * 1000;
    const isSilent = (most: number): boolean => performance.now() - this.heard > most;
    const wake = (): void => {
      if (this.isClosed) return;
      if (document.hidden) return this.send({ h: true });
      this.tries = 0;
      if (this.isUp && !isSilent(silence / 2)) this.tell();
      else this.renew();
    };
    document.addEventListener("visibilitychange", wake);
    addEventListener("online", wake);
    addEventListener("pageshow", ({ persisted }) => persisted && wake());
    addEventListener("pagehide", () => this.end());
    setInterval(() => this.isUp && isSilent(silence) && this.renew(), silence / 5);
    this.open();
  }

  /** Tells where the page is: it is another one, or something was missed. */
  tell(withState = false): void {
    this.isRefused = this.isClosed = false;
    if (this.path !== this.page.path()) this.renew(withState);
    else if (this.socket?.readyState === WebSocket.OPEN) this.ask(withState);
    else if (!this.socket || this.stream) this.renew(withState);
  }

  /** Something is missing; unless it is on its way. */
  missed(): void {
    if (!this.isAsking) this.tell();
  }

  /** What was done may have made this page one that is told again. */
  revive(): void {
    if (this.isRefused) this.tell();
  }

  /** Opens another line: cookies have changed, or this one is dead. */
  renew(withState = false): void {
    this.end();
    this.isRefused = this.isClosed = false;
    this.open(withState);
  }

  /** The page needs no line. */
  close(): void {
    this.isClosed = true;
    this.end();
  }

  private open(withState = false): void {
    this.path = this.page.path();
    const address = this.path.replace(/\/$/, "") + this.address;
    // A proxy may let no WebSocket through; the server may be away.
    if (this.isStreamed !== (this.tries > 1 && this.tries % 2 > 0)) return void this.openStream(address, withState);
    const socket = (this.socket = new WebSocket(location.origin.replace(/^http/, "ws") + address));
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => socket.close(), OPENING);
    socket.onopen = () => {
      clearTimeout(late);
      this.ask(withState);
      if (document.hidden) this.send({ h: true });
    };
    socket.onmessage = ({ data }) => {
      const bytes = new Uint8Array(data as ArrayBuffer);
      if (!bytes.length) socket.send(bytes);
      this.take(bytes);
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (this.socket === socket) this.again();
    };
  }

  private async openStream(address: string, withState: boolean): Promise<void> {
    const controller = (this.stream = new AbortController());
    this.isAsking = true;
    try {
      const response = await fetch(address, {
        method: "POST",
        body: this.page.encode(this.position(withState)),
        cache: "no-store",
        signal: controller.signal,
      });
      if (response.ok) await this.page.readFrames(response.body!, () => (this.heard = performance.now()), (message) => this.take(message));
    } catch {
      // It is tried again.
    }
    if (this.stream === controller) this.again();
  }

  private take(bytes: Uint8Array): void {
    this.heard = performance.now();
    if (!bytes.length) return;
    const frame = this.page.decode(bytes) as WireMap;
    const { c: code } = (frame.e ?? {}) as WireMap;
    if ("i" in frame && String(frame.i) !== this.view) return;
    // An answer to what was told before goes on from where the page may not be any more.
    const isAnswer = "i" in frame && (frame.c ?? this.asked) === this.asked;
    if (code && "i" in frame && !isAnswer) return;
    if (code) this.isAsking = false;
    if (code === "state") return this.tell(true);
    if (code === "stale") return this.page.sync();
    if (code) {
      // The server had a mishap; anything else it would say again.
      this.isRefused = code !== FAILED;
      return this.again();
    }
    if (frame.q) {
      if (isAnswer) this.isAsking = false;
      if ("i" in frame) this.isTold = true;
      this.isStreamed = !!this.stream;
      this.tries = 0;
      // With 2 it is told what its own process says, and nothing else.
      const reaches = frame.q === 1;
      if (!this.isUp || this.reaches !== reaches) this.page.show(reaches);
      this.isUp = true;
      this.reaches = reaches;
    }
    if (!this.isTold) return;
    if ("v" in frame) this.page.receive(frame, isAnswer);
    // There is something new for a page that the server does not hold.
    else if (!("q" in frame)) this.tell();
  }

  private ask(withState: boolean): void {
    this.isAsking = true;
    this.send(this.position(withState));
  }

  private position(withState: boolean): WireMap {
    const position = this.page.position(withState);
    const view = String(position.i);
    if (view !== this.view) this.isTold = false;
    this.view = view;
    return { ...position, c: ++this.asked };
  }

  private send(frame: WireMap): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(this.page.encode(frame));
  }

  private end(): void {
    const { socket, stream } = this;
    this.socket = this.stream = undefined;
    this.isAsking = false;
    clearTimeout(this.timer);
    socket?.close();
    stream?.abort();
    if (this.isUp) this.page.show((this.isUp = false));
  }

  /** The line has broken. */
  private again(): void {
    const wasUp = this.isUp;
    this.end();
    if (this.isRefused || this.isClosed) return;
    // After a deploy not all come at once.
    const pause = wasUp && !this.tries ? FIRST_PAUSE * Math.random() : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.tries) * (0.5 + Math.random());
    this.tries++;
    this.timer = setTimeout(() => this.open(), pause);
  }
}
