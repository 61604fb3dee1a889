"""The ways between pages: gone within the session, which a reload would end, and back in one step.

`st.switch_page` with parameters leaves two places to go back to, and so is not used.
"""

from __future__ import annotations

import streamlit as st

from app.components import html

_mount = st.components.v2.component("navigator", js=html.asset("navigator.js"))


def show(key: str) -> None:
    """Let the browser follow links within the session, on all pages; draws nothing."""
    _mount(key=key)


def lead(key: str, to: str) -> None:
    """Let the browser go to another page at once; Back leads here again.

    Args:
        to: the page's address, as in a link.
    """
    _mount(key=key, data={"to": to})
