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


def tell(kind: str, text: str, where: str = "") -> None:
    """Keep a notice for the page's next drawing.

    Args:
        kind: "done", "info", "conflict" or "error".
        where: the part of the page that shows it; "" = its top.
    """
    st.session_state.setdefault(f"{_WAITING}{where}", []).append((kind, text))


def show(where: str = "") -> None:
    """Show what was kept for a place, once."""
    for kind, text in st.session_state.pop(f"{_WAITING}{where}", []):
        html.show("notice", kind=kind, text=text)


def attempt(act: Callable[[], Done], done: str | Callable[[Done], str], where: str = "") -> bool:
    """Do something and tell how it went; returns whether it did.

    Args:
        done: what to say when it went well, or what makes that of what came of it; "" = nothing.
        where: the part of the page that shows it; "" = its top.
    """
    try:
        result = act()
    except SomebodyWasFirst as error:
        tell(
            "conflict",
            f"{remedies.in_words(error)} Nothing of yours was saved yet; your text is still here.",
            where,
        )
        return False
    except OpsloopError as error:
        tell("error", remedies.in_words(error), where)
        return False
    if text := done if isinstance(done, str) else done(result):
        tell("done", text, where)
    return True
