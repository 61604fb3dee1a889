"""A chart with its table: whoever doubts a picture, or cannot see it, reads the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import html
from app.components.charts import Drawing


def head(title: str, about: str = "") -> None:
    """Show a figure's title and, in one sentence, what is drawn."""
    html.show("figure_head", title=title, about=about)


def head_with_choice(key: str, title: str, about: str, options: Mapping[str, str]) -> str:
    """Show a figure's title beside a choice, and return what is chosen (the first at first)."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        html.show("figure_head", title=title, about=about)
        chosen = st.segmented_control(
            title,
            list(options),
            default=next(iter(options)),
            required=True,
            format_func=lambda one: options[one],
            key=key,
            label_visibility="collapsed",
        )
    return str(chosen)


def show(key: str, chart: Drawing, table: Sequence[dict[str, Any]], alt: str) -> None:
    """Show a chart and, behind a tab, its table.

    Args:
        alt: what is drawn, for those who cannot see it.
    """
    if not table:
        html.show("note", text="Nothing to draw here yet.")
        return
    drawn, listed = st.tabs(["Chart", "Table"], key=f"{key}_tabs")
    with drawn:
        st.altair_chart(chart, key=f"{key}_chart", alt=alt)
    with listed:
        st.dataframe(list(table), key=f"{key}_table", hide_index=True, row_height=30)
