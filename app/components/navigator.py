"""Links within texts and timelines: followed within the session, which a reload would end."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.components import html

PAGES: Mapping[str, tuple[str, str]] = {  # the page's name in an address → its file, its parameter
    "incident": ("app_pages/incident.py", "incident"),
    "entity": ("app_pages/entity.py", "entity"),
}

_mount = st.components.v2.component("navigator", js=html.asset("navigator.js"))


def show(key: str) -> None:
    """Follow the link that was clicked just now, if one was; draws nothing."""
    clicked = _mount(key=key, on_go_change=_noted).go
    if not clicked:
        return
    page, name = PAGES.get(clicked["page"], (None, ""))
    wanted = clicked["params"].get(name)
    if page is not None and wanted:
        st.switch_page(page, query_params={name: str(wanted)})


def _noted() -> None:
    """Let the component report; the page acts on what `show` finds."""
