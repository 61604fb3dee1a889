"""What a database driver's error means for the person who met it: what happened, and what to do."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import exc

from opsloop.errors import StoreBusy, StoreError

# what a driver says, in its own words → what happened, and the remedy; the first that fits
_KNOWN = (
    ("append-only", "The log is append-only.", "Correct it with a new row."),
    ("disk is full", "The disk is full; nothing was written.", "Free space and try again."),
    ("no space left", "The disk is full; nothing was written.", "Free space and try again."),
    ("quota", "The disk's quota is used up; nothing was written.", "Free space and try again."),
    ("readonly", "The store cannot be written.", "Check the rights of the file and folder."),
    ("read-only", "The store cannot be written.", "Name the server that takes writes."),
    ("malformed", "The store's file is corrupt.", "Restore it from a backup."),
    ("could not decode", "The store's file is corrupt.", "Restore it from a backup."),
    ("not a database", "The file is not an opsloop store.", "Check the path, or restore it."),
    ("disk i/o", "The store's disk could not be read or written.", "Check the disk, try again."),
    (
        "unable to open",
        "The store cannot be opened.",
        "Check that its folder exists, and that you may write to it: SQLite keeps files beside it.",
    ),
    ("is locked", "The store is locked by another program.", "Close it and try again."),
    ("lock timeout", "The store is locked by another process.", "Try again."),
    ("deadlock", "The store is locked by another process.", "Try again."),
    ("permission denied", "The store's server does not let you do that.", "Check the role."),
    (
        "connection",
        "The store's server does not answer.",
        "Check that it runs, and the URL; what was not acknowledged was not written.",
    ),
    ("shutting down", "The store's server is being stopped.", "Try again when it runs."),
    ("starting up", "The store's server is being started.", "Try again in a moment."),
)


def explain(error: exc.DBAPIError, url: sa.URL) -> StoreError:
    """Return what a driver's error means for the person who met it."""
    name = url.render_as_string(hide_password=True)
    text = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    lowered = text.lower()
    for part, what, remedy in _KNOWN:
        if part in lowered:
            kind = StoreBusy if "lock" in part else StoreError
            return kind(f"{what} ({name}: {text})", remedy)
    return StoreError(f"The store refused the operation ({name}: {text}).")


def lost_at_commit(error: exc.DBAPIError, url: sa.URL) -> StoreError:
    """Return what it means that a server went away before it said that it had committed."""
    name = url.render_as_string(hide_password=True)
    return StoreError(
        f"The store's server went away while it was writing ({name}); whether the last action was "
        "written is not known.",
        "Look whether it is there before you do it again.",
    )
