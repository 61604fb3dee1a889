"""What the retro's charts share: axes, marks, colours. Nothing is computed but where to draw."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import altair as alt

from opsloop.service.figures.parts import Row
from opsloop.service.figures.periods import DAYS_IN_WEEK, Period
from opsloop.words import HOUR

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

HEIGHT = 240
INK = {False: "#1b2530", True: "#e3e9ed"}
MUTED = "#8a98a3"
ACCENT = "#d08c36"

# one label for any length of time: minutes, hours or days
_MINUTES = (1, 5, 15, 30, 60, 120, 240, 480, 1440, 2880, 5760, 10080, 20160, 43200, 129600, 525600)
SHORTEST = 30  # seconds, on the logarithmic axis
ROOM = 4  # times the middle of what is drawn there, up and down, at the least
SHOWN = 60  # weeks or days, unless a chosen period has more
SHOWN_AFTER = 12  # of them behind the period
PERCENT = "format(100 * datum.value, 'd') + ' %'"
_DURATION_LABEL = (
    "datum.value >= 86400 ? format(datum.value / 86400, '.3~r') + ' d'"
    " : datum.value >= 3600 ? format(datum.value / 3600, '.3~r') + ' h'"
    " : format(datum.value / 60, '.3~r') + ' min'"
)
_AT_WHOLE_ONES: Any = {"condition": {"test": "datum.value % 1", "value": 0}, "value": 1}
_DAY_LABEL = (
    "utcFormat(datum.value, utcdayofyear(datum.value) == 1 ? '%Y'"
    " : utcdate(datum.value) == 1 ? '%b' : '%d %b')"
)


def period(row: Row) -> str:
    """Return a row's week or day as the axis names it; a week that still runs says so."""
    if "day" in row:
        return f"{row['day']:%d %b %Y}"
    week = str(row["iso_week"]).replace("-", " ")
    return week if row["is_complete"] else f"{week} so far"


def order_of(rows: Iterable[Row]) -> list[str]:
    """Return the weeks or days of rows as the axis names them, in the order of the rows."""
    return list(dict.fromkeys(period(row) for row in rows))


def around(rows: Sequence[Row], chosen: Period) -> Sequence[Row]:
    """Return the weeks or days to draw: those of the chosen period, and some around them.

    All time, and a period without a beginning, is drawn from the first.
    """
    within = [place for place, row in enumerate(rows) if _is_within(row, chosen)]
    if not within:
        return rows[-SHOWN:]
    end = within[-1] + 1 + SHOWN_AFTER
    return rows[max(0, min(within[0], min(end, len(rows)) - SHOWN)) : end]


def period_x(order: Sequence[str], orient: str = "bottom") -> alt.X:
    """Return the place of weeks or days, with room for those that have nothing to draw."""
    return alt.X(
        "period:N",
        sort=list(order),
        scale=alt.Scale(domain=list(order)),
        title=None,
        axis=period_axis(len(order), orient),
    )


def chosen_ground(rows: Sequence[Row], chosen: Period) -> alt.Chart:
    """Return the ground of a chart: a shade behind the weeks or days of the chosen period.

    A week of which only some days belong to it is shaded too. All time has none, since it would
    shade everything.
    """
    shaded = [] if chosen.is_all else [row for row in rows if _is_within(row, chosen)]
    data = [{"period": period(row)} for row in shaded]
    ground = chart(data).mark_rect(opacity=0.09, color=MUTED)
    shade: alt.Chart = ground.encode(x=period_x(order_of(rows)))
    return shade


def duration_y(
    known: Iterable[float | None], seconds: str = "seconds", *, has_grid: bool = True
) -> alt.Y:
    """Return the place of seconds on a logarithmic axis of minutes, hours and days.

    Args:
        known: all that is drawn on it; around few that are alike the axis has room all the same.
        seconds: the name of the field that holds them.
    """
    drawn = [one for one in known if one is not None]
    middle = math.sqrt(min(drawn) * max(drawn)) if drawn else HOUR
    ends = (min([middle / ROOM, *drawn]), max([middle * ROOM, *drawn]))
    return alt.Y(
        f"{seconds}:Q",
        title=None,
        scale=alt.Scale(type="log", nice=False, padding=14, domain=ends),
        axis=duration_axis(has_grid=has_grid),
    )


def count_y(
    title: str, count: str = "incidents", *, has_any: bool = True, has_grid: bool = True
) -> alt.Y:
    """Return the place of counts: whole, from 0 to at least 1.

    Args:
        count: the name of the field that holds them.
        has_any: whether one of them is more than 0.
    """
    return alt.Y(
        f"{count}:Q",
        title=title,
        scale=alt.Undefined if has_any else alt.Scale(domain=[0, 1]),
        axis=alt.Axis(
            tickMinStep=1,
            labelExpr="datum.value % 1 ? '' : format(datum.value, ',d')",
            gridOpacity=_AT_WHOLE_ONES,
            tickOpacity=_AT_WHOLE_ONES,
            grid=has_grid,
        ),
    )


def duration_axis(*, has_grid: bool = True) -> alt.Axis:
    """Return a logarithmic axis of seconds in minutes, hours and days."""
    return alt.Axis(
        labelExpr=_DURATION_LABEL, values=[60 * minutes for minutes in _MINUTES], grid=has_grid
    )


def day_x() -> alt.X:
    """Return the place of days, which may span years: a January is named by its year.

    Days are UTC, wherever the page is read.
    """
    return alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(
            labelExpr=_DAY_LABEL, labelOverlap="greedy", labelSeparation=8, tickCount=8, grid=False
        ),
    )


def beside(texts: Mapping[Any, str]) -> alt.Axis:
    """Return an axis at the right that says what belongs to a place.

    Unlike a text in the plot, it lies on no mark and no edge cuts it.

    Args:
        texts: by the place's value.
    """
    places, says = json.dumps(list(texts)), json.dumps(list(texts.values()))
    return alt.Axis(
        orient="right",
        values=list(texts),
        labelExpr=f"{says}[indexof({places}, datum.value)]",
        labelFlush=False,
        domain=False,
        ticks=False,
        grid=False,
    )


def chart(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """Return a chart of rows."""
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def legend(columns: int = 0) -> alt.Legend:
    """Return a legend above the chart, a square for each colour; 0 columns are one line."""
    return alt.Legend(
        orient="top", symbolType="square", symbolSize=70, symbolStrokeWidth=0, columns=columns
    )


def period_axis(count: int, orient: str = "bottom") -> alt.Axis:
    """Return the axis of weeks or days; many of them stand upright."""
    return alt.Axis(
        labelAngle=0 if count <= 12 else -90,
        labelOverlap="greedy",
        labelFlush=False,
        orient=orient,  # type: ignore[arg-type]
        domain=orient == "bottom",
        ticks=False,
    )


def name_axis(limit: int = 0, **looks: Any) -> alt.Axis:
    """Return an axis of names, each in the middle of its place.

    Args:
        limit: how wide a name may be, in pixels; 0 = as wide as others.
    """
    width: dict[str, Any] = {"labelLimit": limit} if limit else {}
    return alt.Axis(labelFlush=False, **width, **looks)


def _is_within(row: Row, chosen: Period) -> bool:
    """Return whether any day of a row's week, or its one day, belongs to the chosen period."""
    first, days = (row["day"], 1) if "day" in row else (row["week_start"], DAYS_IN_WEEK)
    after = first + timedelta(days=days)
    return (chosen.since is None or after > chosen.since) and (
        chosen.until is None or first < chosen.until
    )
