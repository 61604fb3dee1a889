"""A figure with its numbers, its chart and its table: who doubts a picture reads the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from app.components import html
from app.retro_address import Address
from opsloop.reporting import tables, words
from opsloop.reporting.drawing import Drawing
from opsloop.reporting.figure import Figure, Number

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig


def is_dark() -> bool:
    """Return whether the page is dark; texts inside a chart do not follow its theme."""
    return st.context.theme.type == "dark"


def head(title: str, about: str = "") -> None:
    """Show a figure's title and, in one sentence, what is drawn."""
    html.show("figure_head", title=title, about=about)


def choose(key: str, options: Mapping[str, str]) -> str:
    """Return what was chosen to be drawn; the first at first, and where the choice is gone."""
    first = next(iter(options))
    chosen = str(st.session_state.get(key, first))
    return chosen if chosen in options else first


def show(
    figure: Figure,
    address: Address,
    choice: tuple[str, Mapping[str, str]] | None = None,
) -> None:
    """Show a figure: its title, its numbers, and its chart and table behind tabs.

    Args:
        address: what is looked at, which the lists behind the numbers look at too.
        choice: the key and the options of what else can be drawn in its place.
    """
    with st.container(gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
        ):
            head(figure.title, figure.about)
            if choice is not None and len(choice[1]) > 1:
                _offer(figure.title, *choice)
        if figure.numbers:
            numbers = [as_shown(number, address) for number in figure.numbers]
            html.show("figure_numbers", numbers=numbers)
        if figure.draw is not None:
            chart_and_table(figure.key, figure.draw(is_dark()), figure.table, figure.title)
        elif figure.table:
            listed(f"{figure.key}_table", figure.table)
        elif figure.missing:
            html.show("note", text=figure.missing)


def show_pair(pair: Sequence[Figure], address: Address) -> None:
    """Show two figures beside each other."""
    for column, figure in zip(st.columns(2, gap="large"), pair, strict=True):
        with column:
            show(figure, address)


def _offer(label: str, key: str, options: Mapping[str, str]) -> None:
    st.segmented_control(
        label,
        list(options),
        default=next(iter(options)),
        required=True,
        format_func=lambda one: options[one],
        key=key,
        label_visibility="collapsed",
    )


def chart_and_table(key: str, chart: Drawing, table: Sequence[Mapping[str, Any]], alt: str) -> None:
    """Show a chart and, behind a tab, its table.

    Args:
        alt: what is drawn, for those who cannot see it.
    """
    if not table:
        html.show("note", text="Nothing to draw here yet.")
        return
    picture, numbers = st.tabs(["Chart", "Table"], key=f"{key}_tabs")
    with picture:
        st.altair_chart(chart, key=f"{key}_chart", alt=alt)
    with numbers:
        listed(f"{key}_table", table)


def listed(key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Show a figure's table; what is unknown reads as it does everywhere.

    Where it is wider than its place, its first column stays.
    """
    first = {next(iter(rows[0])): st.column_config.Column(pinned=True)}
    numbers = {name: _of_numbers(rows, name) for name in tables.of_numbers(rows)}
    st.dataframe(
        list(rows),
        key=key,
        hide_index=True,
        row_height=30,
        placeholder=words.UNKNOWN,
        column_config=first | numbers,
    )


def _of_numbers(rows: Sequence[Mapping[str, Any]], name: str) -> ColumnConfig:
    """Return how a column of numbers looks; some of them are texts, such as "3 of 1,200"."""
    if all(row[name] is None or isinstance(row[name], int) for row in rows):
        return st.column_config.NumberColumn(format="%,d")
    return st.column_config.Column(alignment="right")


def as_shown(number: Number, address: Address) -> dict[str, str | None]:
    """Return a number with the link to the incidents that it counts."""
    link = None
    if number.behind is not None:
        link = f"incidents?{urlencode(dict(number.behind) | address.as_params())}"
    return {"label": number.label, "value": number.value, "note": number.note, "link": link}
