"""The garbage collector, set for a process that serves pages.

It goes through all that is alive again and again, and most of that was there before the first visitor: the
modules of the application and of its libraries. To answer a click on a large page, thousands of objects are
made and stay; by default the collector looks whether they are garbage after every 700 of them.
"""

from __future__ import annotations

import gc
from functools import cache
from typing import Final

_YOUNG: Final = 10_000
"""Objects that are made before the collector looks at the new ones."""


@cache
def settle() -> None:
    """Takes what is alive now for what stays, and has the collector look less often; once in a process.

    Where the application has switched it off it is left as it is.
    """
    if gc.isenabled():
        gc.collect()
        gc.freeze()
        gc.set_threshold(max(gc.get_threshold()[0], _YOUNG))
