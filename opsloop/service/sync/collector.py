"""The cyclic garbage collector while a chunk of rows is worked on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_rest() -> Iterator[None]:
    """Let the collector rest within the block, and leave it as it was.

    A chunk's records hold no cycles: counting references frees them all. Walking hundreds of
    thousands of them again and again would cost a sixth of a burst's time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
