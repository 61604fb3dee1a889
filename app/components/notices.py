"""What a page tells after an action: kept over one rerun, shown as plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from app import remedies
from app.components import html
from opsloop.errors import OpsloopError, SomebodyWasFirst

_WAITING = "notices"

Done = TypeVar("Done")


def tell(kind: str, text: str) -> None:
    """Keep a notice for the page's next drawing.

    Args:
        kind: "done", "info", "conflict" or "error".
    """
    st.session_state.setdefault(_WAITING, []).append((kind, text))


def show() -> None:
    """Show what was kept, once."""
    for kind, text in st.session_state.pop(_WAITING, []):
        html.show("notice", kind=kind, text=text)


def attempt(act: Callable[[], Done], done: str | Callable[[Done], str]) -> bool:
    """Do something and tell how it went; returns whether it did.

    Args:
        done: what to say when it went well, or what makes that of what came of it.
    """
    try:
        result = act()
    except SomebodyWasFirst as error:
        tell(
            "conflict",
            f"{remedies.in_words(error)} Nothing of yours was saved yet; your text is still here.",
        )
        return False
    except OpsloopError as error:
        tell("error", remedies.in_words(error))
        return False
    tell("done", done if isinstance(done, str) else done(result))
    return True
