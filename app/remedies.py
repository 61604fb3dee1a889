"""What to do about an error, where the reader is in the app and not on the command line. Pure."""

from __future__ import annotations

from opsloop.errors import OpsloopError

# what the services say, for either door → the same on the pages
ON_PAGES = {
    "See `opsloop incidents list`.": "Look for it in the queue, with the status All.",
    "See `opsloop mutes list`.": "Look at the page Held back.",
    "See `opsloop people list`.": "Look at the page People.",
    "`opsloop incidents show` names its events and their keys.": "Its page lists what it holds.",
    "`opsloop incidents show` names each action's batch.": "Use the story of its page.",
    "See `opsloop incidents list --search`, which finds parts of names too.": (
        "The queue's search finds parts of names too."
    ),
}


def remedy(error: OpsloopError) -> str:
    """Return what to do about an error, in the app."""
    return ON_PAGES.get(error.remedy, error.remedy)


def in_words(error: OpsloopError) -> str:
    """Return what happened and what to do about it, in the app."""
    return f"{error.message} {remedy(error)}" if error.remedy in ON_PAGES else str(error)
