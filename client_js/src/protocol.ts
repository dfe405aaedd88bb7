/** The constants of docs/protocol.md. Generated from reactor/protocol.py; do not edit. */
export const PROTOCOL = 1;
export const MEDIA_TYPE = "application/x-reactor";
export const STREAM_TYPE = "application/x-reactor-stream";
// Behind the path of a page.
export const LINE_ADDRESS = "/_reactor/live";

// The first item of an array that stands for a child or a delta; a block has its template's number (>= 0).
export const ITEMS = -1;
export const KEYED = -2;
export const RAW = -3;
export const UPDATE = -4;
export const SPLICE = -5;
export const CHOICE = -6;
export const DATA = -7;
export const JOINED = -8;
export const EDIT = -10;
export const PROGRESS = -11;
export const FEED = -12;
export const APPEND = -13;

// The first part of a call that has files with it.
export const MESSAGE_PART = "$message";

// A piece of a file: the type of its body, and the headers that name the upload and where the piece begins.
export const PIECE_TYPE = "application/x-reactor-piece";
export const UPLOAD_HEADER = "reactor-upload";
export const OFFSET_HEADER = "reactor-offset";

// Kinds of effects; those below FOCUS are done to every element that is meant, the others to the first.
export const SET_CLASS = 0;
export const SET_ATTRIBUTE = 1;
export const SET_SHOWN = 2;
export const DISPATCH = 3;
export const SET_VALUE = 4;
export const FOCUS = 5;
export const BLUR = 6;
export const SCROLL = 7;
export const SET_OPEN = 8;
export const COPY = 9;
export const SEND_FORM = 10;
export const CANCEL = 11;
export const PAUSE = 12;

// A mark that is a number is this times the number of its queue, and what was seen. One that is binary has so
// many bytes of what was seen, then the number of its queue.
export const QUEUES = 65536;
export const SEEN_SIZE = 6;

// Options `y` of a handler: what becomes of a call while others are under way.
export const LATEST = 1;
export const DROP = 2;
export const PARALLEL = 3;

// Comments around markup that the author marked as safe, in served HTML.
export const RAW_START = "<!--[-->";
export const RAW_END = "<!--]-->";

// With a request for a page: the page that it is asked on, and that page's sealed state.
export const FROM_HEADER = "reactor-from";
export const STATE_HEADER = "reactor-state";
// With an answer to a call: cookies were set.
export const COOKIES_HEADER = "reactor-cookies";

// Key `f` of a message: more frames follow; and the work goes on also if nobody takes them; or the message is
// whole, and slow parts of the page follow.
export const FOLLOWED = 1;
export const DETACHED = 2;
export const AWAITED = 3;

// In a page that is still being sent: a frame. A browser without JavaScript is led to the address, and has the
// cookie from then on.
export const FRAME_ATTRIBUTE = "data-frame";
export const COMPLETE = "/_reactor/complete";
export const COMPLETE_COOKIE = "reactor_complete";

// What serves a browser without JavaScript.
export const STATE_FIELD = "$state";
export const CALL_FIELD = "$call";
export const PAGE_FORM = "reactor-form";
export const DATA_BLOCK = "reactor";

// Codes of errors (key "c" of an answer's "e").
export const MALFORMED = "malformed";
export const WRONG_PROTOCOL = "protocol";
export const FORGED = "forged";
export const ORIGIN = "origin";
export const HANDLER = "handler";
export const NEEDS_STATE = "state";
export const CHANGED = "changed";
export const STALE = "stale";
export const LARGE = "large";
export const WRONG_TYPE = "type";
export const INVALID = "invalid";
export const SUPERSEDED = "superseded";
export const FAILED = "failed";
export const LATE = "late";
export const CAUGHT = "caught";
export const RATE = "rate";
export const PIECES = "pieces";
