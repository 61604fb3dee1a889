"""The retro's figures below its first screen: what is coming, what varies, who beside whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from opsloop.improvements import Part
from opsloop.reporting import charts, outlook_charts, tables, weekly_charts, words
from opsloop.reporting.drawing import period
from opsloop.reporting.figure import Cells, Figure, Number, View
from opsloop.reporting.leads import Lead, to_days_of, to_incidents
from opsloop.service import outlook
from opsloop.service.figures import cohorts, escalations, outcomes, parts, turnaround, work
from opsloop.service.figures.parts import TEAM, Row
from opsloop.service.weekly import series_of
from opsloop.stats.xmr import Of

if TYPE_CHECKING:
    from datetime import date

    from opsloop.service.outlook import Outlook, Stability
    from opsloop.stats.backtest import Expected
    from opsloop.stats.xmr import Chart
    from opsloop.warehouse.serving import ServingCopy

Past = Sequence[tuple["date", float | None]]

WEEKS_AHEAD = 8
GRID_WEEKS = 8  # that have room for a text each
PAST_SHOWN = 26  # weeks before a forecast
FORECASTS = {outlook.ARRIVALS: "Arrivals", outlook.MINUTES: "Recorded minutes"}
STABILITIES = {outlook.ARRIVALS: "Arrivals", outlook.RESOLVE: "Median time to resolve"}


def forecasts(copy: ServingCopy, view: View) -> list[Figure]:
    """Return what is expected of the coming weeks: arrivals, and recorded minutes."""
    found = outlook.forecasts(copy, *view.part, WEEKS_AHEAD)
    return [_forecast(one, _past(copy, view, one)) for one in found]


def _past(copy: ServingCopy, view: View, one: Outlook) -> Past:
    """Return the weeks that a forecast goes by; beyond them an imported log knows of none."""
    if not one.forecast.ahead:
        return []
    series = series_of(copy, one.figure, Part(*view.part))
    return list(series.weeks.complete(series.known_through).items())[-PAST_SHOWN:]


def _forecast(one: Outlook, past: Past) -> Figure:
    found, name = one.forecast, FORECASTS[one.figure]
    title = f"{name} of the next {WEEKS_AHEAD} weeks"
    about = ""
    if found.ahead:
        why = found.reason or "beside an interval: how often such ones held"
        about = f"By {found.way}. {_capitalised(why)}."
    rows = [(f"{coming.first_day:%Y-%m-%d}", coming.expected) for coming in found.ahead]
    rows += [("all of them", found.total)] if found.total else []
    return Figure(
        key=f"forecast_{one.figure}",
        title=title,
        about=about,
        numbers=list(_expected_numbers(found.total)) if found.total else (),
        draw=(lambda _: outlook_charts.forecast(past, found.ahead, name)) if found.ahead else None,
        table=[
            {
                "Week from": week,
                "Expected": f"{expected.value:,.0f}",
                "Interval": interval(expected),
                "Held before": held(expected),
            }
            for week, expected in rows
        ],
        missing=_not_known(found.reason),
    )


def _not_known(reason: str | None) -> str:
    """Return why there is no forecast, as a sentence; a refusal is one by itself."""
    if reason is None:
        return "Not yet known."
    return reason if reason.endswith(".") else f"Not yet known: {reason}."


def _expected_numbers(total: Expected) -> Iterator[Number]:
    yield Number(f"In {WEEKS_AHEAD} weeks", f"{total.value:,.0f}", interval(total))
    yield Number("Such intervals held", held(total), f"meant to hold {words.percent(total.level)}")


def interval(expected: Expected) -> str:
    """Return the interval of an expected figure, with what it is meant to hold."""
    if expected.low is None or expected.high is None:
        return "interval not known"
    return f"{expected.low:,.0f} to {expected.high:,.0f}"


def held(expected: Expected) -> str:
    """Return how often such intervals held what came."""
    return f"{expected.covered} of {expected.checked}" if expected.checked else words.UNKNOWN


def stabilities(copy: ServingCopy, view: View) -> list[Figure]:
    """Return whether arrivals and the time to resolve vary as they always have (XmR charts)."""
    return [_stability(one) for one in outlook.stability(copy, *view.part)]


def _stability(one: Stability) -> Figure:
    found, name = one.chart, STABILITIES[one.figure]
    key, says = f"stability_{one.figure}", one.in_words()
    if found.centre is None:
        return Figure(key=key, title=name, about="", missing=_capitalised(says))
    judged, _, why = says.partition(": ")
    return Figure(
        key=key,
        title=f"{name}: {judged}",
        about=_capitalised(why),
        draw=lambda _: outlook_charts.stability(found),
        table=signals(found),
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def signals(found: Chart) -> Cells:
    """Return what is unlike the others in a control chart, as a table has it."""
    day = "Day" if found.of is Of.DAYS_BETWEEN else "Week from"
    listed = [
        {
            day: str(signal.point.day),
            "Figure": outlook_charts.said(found, signal.point),
            "Signal": str(signal.kind),
        }
        for signal in found.signals
    ]
    return listed or [{"Signals": "none"}]


def load(copy: ServingCopy, view: View) -> Figure:
    """Return the recorded minutes of each week, with what was open at its end."""
    rows = work.weekly(copy, view.part)
    has_any = any(row["minutes"] for row in rows)
    return Figure(
        key="work_weekly",
        title="Minutes and open incidents, by week",
        about="When they were worked. A week without a record is unknown.",
        draw=(lambda _: weekly_charts.load(rows, view.period)) if has_any else None,
        table=tables.load(rows) if has_any else (),
        leads=[to_days_of(row) for row in rows],
        missing="Nobody recorded any minutes: what the work took is not known.",
    )


def precision(copy: ServingCopy, view: View) -> Figure:
    """Return how often each monitor was right, as far as people said so, the least so first."""
    rows = sorted(outcomes.monitors(copy, view.part, view.period), key=_least_precise)
    return Figure(
        key="precision",
        title="Monitor precision",
        about="Real among those that people reviewed, with its 95 % interval.",
        draw=(lambda _: charts.intervals(rows)) if rows else None,
        table=tables.precision(rows),
        leads=[
            to_incidents("reviewed", monitor_id=row["monitor_id"]) if row["reviewed"] else None
            for row in rows
        ],
        missing="No monitor's incidents were opened or ended here.",
    )


def _least_precise(row: Row) -> tuple[bool, float, str]:
    share = row["precision_share"]
    return share is None, share or 0, row["monitor_id"]


def compared(copy: ServingCopy, view: View, dimension: str) -> Figure:
    """Return the headline of each value of a dimension, of what was opened in the period.

    Teams stand by name, which is no ranking; others by how much they bring.
    """
    rows = cohorts.headlines(copy, view.period, dimension)
    if dimension == TEAM:
        rows.sort(key=lambda row: words.value_name(row["dimension_value"]))
    return Figure(
        key=f"compared_{dimension}",
        title=f"{words.dimension_name(dimension).capitalize()}s",
        about="",
        table=tables.comparison(rows, dimension),
        leads=[Lead(part=parts.Part(dimension, row["dimension_value"])) for row in rows],
        missing="No incident was opened in this period.",
    )


def times_by(copy: ServingCopy, dimension: str) -> Figure:
    """Return the median time to resolve of each week and value of a dimension."""
    return _grid(
        turnaround.turnaround_by(copy, dimension, "resolve"),
        dimension,
        key="turnaround_by",
        title=f"Median time to resolve, by week and {words.dimension_name(dimension)}",
        about="The stronger the shade, the longer.",
        what="Median",
        text=lambda row: words.quantile(
            row["median_seconds"], row["longest_seconds"], row["incidents"]
        ),
        shade=lambda row: row["median_seconds"] or row["longest_seconds"] or 0,
    )


def asked_by(copy: ServingCopy, dimension: str) -> Figure:
    """Return escalations of each week and value of a dimension, with the median to an answer."""
    by = "asking team" if dimension == "team" else words.dimension_name(dimension)
    return _grid(
        escalations.escalations_by(copy, dimension),
        dimension,
        key="escalations_by",
        title=f"Escalations, by week and {by}",
        about="How many, and the median time to answer.",
        what="Escalations",
        text=_asked_and_answered,
        shade=lambda row: row["escalations"],
    )


def _asked_and_answered(row: Row) -> str:
    answer = words.quantile(
        row["answer_median_seconds"], row["longest_seconds"], row["escalations"]
    )
    return f"{row['escalations']}  ·  {answer}"


def _grid(
    rows: list[Row],
    dimension: str,
    *,
    key: str,
    title: str,
    about: str,
    what: str,
    text: Callable[[Row], str],
    shade: Callable[[Row], float],
) -> Figure:
    by = words.dimension_name(dimension)
    shown = sorted({row["week_start"] for row in rows})[-GRID_WEEKS:]
    cells = [
        {
            "period": period(row),
            "name": words.value_name(row["dimension_value"]),
            "text": text(row),
            "shade": shade(row),
        }
        for row in rows
    ]
    latest = [cell for cell, row in zip(cells, rows, strict=True) if row["week_start"] in shown]
    return Figure(
        key=f"{key}_{dimension}",
        title=title,
        about=f"{about} The last {GRID_WEEKS} weeks; the table has all.",
        draw=(lambda is_dark: charts.matrix(latest, what, is_dark=is_dark)) if latest else None,
        table=[
            {"Week": cell["period"], by.capitalize(): cell["name"], what: cell["text"]}
            for cell in cells
        ],
    )
