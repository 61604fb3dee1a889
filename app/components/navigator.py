"""Links within texts and timelines: followed within the session, which a reload would end."""

from __future__ import annotations

import streamlit as st

from app.components import html

_mount = st.components.v2.component("navigator", js=html.asset("navigator.js"))


def show(key: str) -> None:
    """Let the browser follow the page's links within the session; draws nothing."""
    _mount(key=key)
