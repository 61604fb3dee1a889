"""A figure with its numbers, its chart and its table: who doubts a picture reads the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components import html
from app.retro_address import Address, led_to
from opsloop.reporting import tables, words
from opsloop.reporting.drawing import Drawing
from opsloop.reporting.figure import Figure, Number
from opsloop.reporting.leads import Lead

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

WAY = "See"  # the column of the ways to what rows count
# a cell is drawn of as many letters as a quarter of its width: the icon's name has to fit
WAY_COLUMN = st.column_config.LinkColumn(
    WAY, display_text=":material/north_east:", width=48, pinned=True
)


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
            _chart_and_table(figure, figure.draw(is_dark()), address)
        elif figure.table:
            listed(f"{figure.key}_table", figure.table, figure.leads, address)
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


def _chart_and_table(figure: Figure, drawing: Drawing, address: Address) -> None:
    if not figure.table:
        html.show("note", text="Nothing to draw here yet.")
        return
    picture, numbers = st.tabs(["Chart", "Table"], key=f"{figure.key}_tabs")
    with picture:
        # the title stands in for the picture, for those who cannot see it
        st.altair_chart(drawing, key=f"{figure.key}_chart", alt=figure.title)
    with numbers:
        listed(f"{figure.key}_table", figure.table, figure.leads, address)


def listed(
    key: str,
    rows: Sequence[Mapping[str, Any]],
    leads: Sequence[Lead | None],
    address: Address,
) -> None:
    """Show a figure's table; what is unknown reads as it does everywhere.

    Where it is wider than its place, its first column stays, with the ways of its rows.

    Args:
        leads: where each row leads; none at all = there are no such ways.
        address: what is looked at.
    """
    first = {next(iter(rows[0])): st.column_config.Column(pinned=True)}
    numbers = {name: _of_numbers(rows, name) for name in tables.of_numbers(rows)}
    cells: Sequence[Mapping[str, Any]] = rows
    if leads:
        ways = [None if lead is None else led_to(lead, address) for lead in leads]
        cells = [_with_way(row, way) for row, way in zip(rows, ways, strict=True)]
    st.dataframe(
        list(cells),
        key=key,
        hide_index=True,
        row_height=30,
        placeholder=words.UNKNOWN,
        column_config=first | numbers | {WAY: WAY_COLUMN},
    )


def _with_way(row: Mapping[str, Any], way: str | None) -> dict[str, Any]:
    (name, value), *others = row.items()
    return {name: value, WAY: way, **dict(others)}


def _of_numbers(rows: Sequence[Mapping[str, Any]], name: str) -> ColumnConfig:
    """Return how a column of numbers looks; some of them are texts, such as "3 of 1,200"."""
    if all(row[name] is None or isinstance(row[name], int) for row in rows):
        return st.column_config.NumberColumn(format="%,d")
    return st.column_config.Column(alignment="right")


def as_shown(number: Number, address: Address) -> dict[str, str | None]:
    """Return a number with the link to the incidents that it counts."""
    link = None if number.lead is None else led_to(number.lead, address)
    return {"label": number.label, "value": number.value, "note": number.note, "link": link}
