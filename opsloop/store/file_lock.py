"""One holder at a time, by a lock of the kernel on a file: it goes with the process that holds it.

Every action takes one, so it has to cost no more than the system calls that it needs.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsloop.errors import StoreError

PAUSE_S = 0.01  # between two tries


@contextmanager
def locked(path: Path, wait_s: float) -> Iterator[bool]:
    """Yield whether the lock became ours, after waiting at most `wait_s` seconds.

    Not for a second time in one thread: it would wait for itself.

    Raises:
        StoreError: the lock's file cannot be written.
    """
    try:
        file = _opened(path)
    except OSError as error:
        raise StoreError(
            f"The incident store's lock {path} cannot be written: {error.strerror}.",
            "Make its folder writable, and see that the disk has room.",
        ) from error
    try:
        is_ours = _is_acquired(file, wait_s)
    except OSError as error:
        os.close(file)
        raise StoreError(
            f"The incident store's lock {path} cannot be taken: {error.strerror}.",
            "Keep the store on a disk of this machine, or use Postgres.",
        ) from error
    try:
        yield is_ours
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)  # a child of ours may have the file open as well
        os.close(file)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


def _is_acquired(file: int, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(PAUSE_S)
        else:
            return True
