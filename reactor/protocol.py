"""The constants of the wire, for both languages.

`client_js/src/protocol.ts` is generated from this module by `scripts/generate_protocol.py`.
Their meaning is told in `docs/protocol.md`.
"""

from typing import Final

PROTOCOL: Final = 1
MEDIA_TYPE: Final = "application/x-reactor"
STREAM_TYPE: Final = "application/x-reactor-stream"
# Behind the path of a page.
LINE_ADDRESS: Final = "/_reactor/live"

# The first item of an array that stands for a child or a delta; a block has its template's number (>= 0).
ITEMS: Final = -1
KEYED: Final = -2
RAW: Final = -3
UPDATE: Final = -4
SPLICE: Final = -5
CHOICE: Final = -6
DATA: Final = -7
JOINED: Final = -8
EDIT: Final = -10
PROGRESS: Final = -11
FEED: Final = -12
APPEND: Final = -13

# The first part of a call that has files with it.
MESSAGE_PART: Final = "$message"

# A piece of a file: the type of its body, and the headers that name the upload and where the piece begins.
PIECE_TYPE: Final = "application/x-reactor-piece"
UPLOAD_HEADER: Final = "reactor-upload"
OFFSET_HEADER: Final = "reactor-offset"

# Kinds of effects; those below FOCUS are done to every element that is meant, the others to the first.
SET_CLASS: Final = 0
SET_ATTRIBUTE: Final = 1
SET_SHOWN: Final = 2
DISPATCH: Final = 3
SET_VALUE: Final = 4
FOCUS: Final = 5
BLUR: Final = 6
SCROLL: Final = 7
SET_OPEN: Final = 8
COPY: Final = 9
SEND_FORM: Final = 10
CANCEL: Final = 11
PAUSE: Final = 12

# A mark that is a number is this times the number of its queue, and what was seen. One that is binary has so
# many bytes of what was seen, then the number of its queue.
QUEUES: Final = 65536
SEEN_SIZE: Final = 6

# Options `y` of a handler: what becomes of a call while others are under way.
LATEST: Final = 1
DROP: Final = 2
PARALLEL: Final = 3

# Comments around markup that the author marked as safe, in served HTML.
RAW_START: Final = "<!--[-->"
RAW_END: Final = "<!--]-->"

# With a request for a page: the page that it is asked on, and that page's sealed state.
FROM_HEADER: Final = "reactor-from"
STATE_HEADER: Final = "reactor-state"
# With an answer to a call: cookies were set.
COOKIES_HEADER: Final = "reactor-cookies"

# Key `f` of a message: more frames follow; and the work goes on also if nobody takes them; or the message is
# whole, and slow parts of the page follow.
FOLLOWED: Final = 1
DETACHED: Final = 2
AWAITED: Final = 3

# In a page that is still being sent: a frame. A browser without JavaScript is led to the address, and has the
# cookie from then on.
FRAME_ATTRIBUTE: Final = "data-frame"
COMPLETE: Final = "/_reactor/complete"
COMPLETE_COOKIE: Final = "reactor_complete"

# What serves a browser without JavaScript.
STATE_FIELD: Final = "$state"
CALL_FIELD: Final = "$call"
PAGE_FORM: Final = "reactor-form"
DATA_BLOCK: Final = "reactor"

# Codes of errors (key "c" of an answer's "e").
MALFORMED: Final = "malformed"
WRONG_PROTOCOL: Final = "protocol"
FORGED: Final = "forged"
ORIGIN: Final = "origin"
HANDLER: Final = "handler"
NEEDS_STATE: Final = "state"
CHANGED: Final = "changed"
STALE: Final = "stale"
LARGE: Final = "large"
WRONG_TYPE: Final = "type"
INVALID: Final = "invalid"
SUPERSEDED: Final = "superseded"
FAILED: Final = "failed"
LATE: Final = "late"
CAUGHT: Final = "caught"
RATE: Final = "rate"
PIECES: Final = "pieces"
