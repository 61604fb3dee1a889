"""`opsloop retro forecast` and `opsloop retro stability`: what is coming, and what is unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, span
from opsloop.cli.retro_part import chosen, of_a_part, published
from opsloop.cli.session import json_option
from opsloop.service.figures.parts import Part

if TYPE_CHECKING:
    from opsloop.service.outlook import Outlook, Stability
    from opsloop.stats.backtest import Expected
    from opsloop.stats.xmr import Chart
    from opsloop.warehouse.serving import ServingCopy


@click.command()
@of_a_part
@click.option(
    "--weeks", type=click.IntRange(1, 26), default=8, show_default=True, help="How many ahead."
)
@json_option
def forecast(weeks: int, as_json: bool, **named: str | None) -> None:
    """Print what is expected of the coming weeks: incidents, and recorded minutes.

    Beside each interval stands how often such intervals held what came, in the past of the same
    series.
    """
    from opsloop.service.outlook import forecasts

    copy = published()
    part = chosen(copy, **named)
    found = forecasts(copy, part.dimension, part.value, weeks)
    if as_json:
        print_json(_document(copy, part) | {"figures": [_forecast(one) for one in found]})
        return
    for one in found:
        _print_forecast(one)


@click.command()
@of_a_part
@json_option
def stability(as_json: bool, **named: str | None) -> None:
    """Print whether arrivals and the median to resolve vary as they always have (XmR charts)."""
    from opsloop.service.outlook import stability as charts_of

    copy = published()
    part = chosen(copy, **named)
    found = charts_of(copy, part.dimension, part.value)
    if as_json:
        print_json(_document(copy, part) | {"figures": [_stability(one) for one in found]})
        return
    for one in found:
        print_text(f"{one.figure} ({one.chart.of}): {one.in_words()}")
        if one.chart.centre is not None:
            print_text(f"  usual: {_limits(one.chart)}, from the first {one.chart.baseline} points")


def _document(copy: ServingCopy, part: Part) -> dict[str, Any]:
    return {
        "data_through": copy.published.data_through,
        "dimension": part.dimension,
        "dimension_value": part.value,
    }


def _forecast(one: Outlook) -> dict[str, Any]:
    found = one.forecast
    return {
        "figure": one.figure,
        "way": str(found.way) if found.ahead else None,
        "reason": found.reason,
        "weeks": [
            {"week_start": coming.first_day, **_expected(coming.expected)} for coming in found.ahead
        ],
        "total": _expected(found.total) if found.total else None,
        "mean_errors": {str(way): error for way, error in found.mean_errors.items()},
    }


def _expected(expected: Expected) -> dict[str, Any]:
    return {
        "expected": expected.value,
        "low": expected.low,
        "high": expected.high,
        "level": expected.level,
        "covered": expected.covered,
        "checked": expected.checked,
    }


def _print_forecast(one: Outlook) -> None:
    found = one.forecast
    print_text(f"{one.figure}: {found.way}" if found.ahead else f"{one.figure}: not yet known")
    if found.ahead:
        rows = [(f"{coming.first_day:%Y-%m-%d}", coming.expected) for coming in found.ahead]
        rows += [("all of them", found.total)] if found.total else []
        print_table(
            (
                Column("week from"),
                Column("expected", is_number=True),
                Column("interval", is_number=True),
                Column("held before", is_number=True),
            ),
            (
                (name, f"{expected.value:.0f}", _interval(expected), _held(expected))
                for name, expected in rows
            ),
        )
    if found.reason:
        print_text(f"  {found.reason}")


def _interval(expected: Expected) -> str:
    if expected.low is None or expected.high is None:
        return "not known"
    return f"{expected.low:.0f} to {expected.high:.0f} ({expected.level:.0%})"


def _held(expected: Expected) -> str:
    return f"{expected.covered} of {expected.checked}" if expected.checked else "–"


def _stability(one: Stability) -> dict[str, Any]:
    chart = one.chart
    return {
        "figure": one.figure,
        "of": str(chart.of),
        "is_predictable": chart.is_predictable,
        "says": chart.in_words(),
        "centre": chart.centre,
        "lower": chart.lower,
        "upper": chart.upper,
        "baseline": chart.baseline,
        "judged": chart.judged,
        "expected_false_signals": chart.expected_false_signals,
        "points": [{"day": point.day, "value": point.value} for point in chart.points],
        "signals": [
            {"day": signal.point.day, "value": signal.point.value, "kind": str(signal.kind)}
            for signal in chart.signals
        ],
    }


def _limits(chart: Chart) -> str:
    from opsloop.stats.xmr import Of

    limits = (chart.lower, chart.centre, chart.upper)
    if chart.of is Of.DURATIONS:
        lower, centre, upper = (span(limit) for limit in limits)
    else:
        lower, centre, upper = (f"{limit:.1f}" for limit in limits if limit is not None)
    return f"{lower} to {upper}, around {centre}"
