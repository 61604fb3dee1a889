"""The retro's charts, by what stands in their drawing."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from typing import Any

from opsloop.reporting import charts, further, outlook_charts, weekly_charts
from opsloop.reporting.drawing import Drawing, around, chosen_ground, period
from opsloop.reporting.rendering import svg
from opsloop.service.figures.periods import Period
from opsloop.stats.scales import Measure
from opsloop.stats.weeks import Weeks
from opsloop.stats.xmr import chart_of_weeks

HOUR = 3600
ALL_TIME = Period()


def drawn(chart: Drawing) -> str:
    """Return a chart as SVG."""
    return str(svg(chart, "A chart"))


def texts(chart: Drawing) -> list[str]:
    """Return what a chart says."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", drawn(chart))


def pieces(chart: Drawing, mark: str) -> list[int]:
    """Return of how many pieces each line or area of a chart is."""
    marks = re.findall(rf'class="mark-{mark} role-mark[^"]*"[^>]*>(.*?)</g>', drawn(chart))
    paths = [path for found in marks for path in re.findall(r' d="([^"]+)"', found)]
    return [path.count("M") for path in paths]


def week(number: int, **figures: object) -> dict[str, Any]:
    """Return a week's row."""
    monday = date(2026, 1, 5) + timedelta(weeks=number)
    named = {"week_start": monday, "iso_week": f"{monday:%G-W%V}", "is_complete": True}
    return named | figures


def test_a_line_breaks_where_nothing_is_reached_and_where_nothing_came() -> None:
    long, missing = 100 * HOUR, {"median_seconds": None, "p85_seconds": None}
    hours = {"median_seconds": 7 * HOUR, "p85_seconds": 8 * HOUR}
    rows = [
        week(number, incidents=4, longest_seconds=long, **hours) for number in (0, 1, 3, 4, 6, 7)
    ]
    rows += [
        week(2, incidents=4, longest_seconds=long, **missing),
        week(5, incidents=0, longest_seconds=None, **missing),
    ]
    rows.sort(key=lambda row: row["week_start"])
    chart = weekly_charts.quantiles(rows, ALL_TIME)
    assert pieces(chart, "line") == [3, 3]
    assert pieces(chart, "area") == [3]
    assert "2026 W07" in texts(chart)  # the week without any has its place


def test_the_band_breaks_where_one_of_its_ends_is_not_reached() -> None:
    rows = [
        week(
            number,
            incidents=4,
            longest_seconds=100 * HOUR,
            median_seconds=7 * HOUR,
            p85_seconds=None if number == 2 else 8 * HOUR,
        )
        for number in range(5)
    ]
    chart = weekly_charts.quantiles(rows, ALL_TIME)
    assert pieces(chart, "area") == [2]
    assert pieces(chart, "line") == [1, 2]


def test_a_single_length_of_time_stands_on_an_axis_that_can_be_read() -> None:
    hours = {"median_seconds": 3 * HOUR, "p85_seconds": 3 * HOUR}
    rows = [week(0, incidents=1, longest_seconds=3 * HOUR, **hours)]
    found = re.findall(
        r'translate\([^,]+,([0-9.]+)\)"[^>]*>(\d+ h)<',
        drawn(weekly_charts.quantiles(rows, ALL_TIME)),
    )
    heights = [round(float(height)) for height, _ in found]
    assert [said for _, said in found] == ["1 h", "2 h", "4 h", "8 h"]
    assert all(above - below > 20 for above, below in itertools.pairwise(heights))


def test_what_is_never_open_stands_on_whole_numbers_from_zero() -> None:
    rows = [week(number, minutes=30.0, open_at_end=0) for number in range(3)]
    said = texts(weekly_charts.load(rows, ALL_TIME))
    assert said.count("0") == 2
    assert said.count("1") == 1
    assert not [text for text in said if "0.0" in text]


def test_each_bar_says_what_its_minutes_are_known_of_whatever_its_name() -> None:
    names = ("late", "it's \\ late", 'the "big" </text>')
    rows = [
        {
            "dimension_value": name,
            "minutes": 90.0 - number,
            "minutes_share_so_far": (number + 1) / 3,
            "recorded_incidents": number,
            "ended_incidents": 1_150,
        }
        for number, name in enumerate(names)
    ]
    said = texts(charts.pareto(rows, "type"))
    assert [text for text in said if text.endswith("1,150")] == [
        "0 of 1,150",
        "1 of 1,150",
        "2 of 1,150",
    ]


def test_the_age_of_open_work_stands_against_a_named_line() -> None:
    rows = [
        {
            "incident_id": number,
            "state": state,
            "age_seconds": number * HOUR,
            "monitor_id": "mon_late_orders",
            "age_band": "young",
            "median_seconds": 2.5 * HOUR,
            "p85_seconds": 9.25 * HOUR,
            "p95_seconds": 30 * HOUR,
        }
        for number, state in ((1, "new"), (4, "waiting"))
    ]
    said = texts(charts.ages(rows))
    assert "85 of 100" in said
    assert "waiting" in said


def test_minutes_and_what_was_open_have_an_axis_each() -> None:
    rows = [
        week(number, minutes=minutes, open_at_end=still_open)
        for number, (minutes, still_open) in enumerate([(900.5, 4), (None, 7), (120.0, 3)])
    ]
    chart = weekly_charts.load(rows, ALL_TIME)
    assert {"Minutes", "Open incidents", "Open at the end"} <= {*texts(chart)}
    assert drawn(chart).count('aria-roledescription="bar"') == 2  # nobody recorded in one week


def test_years_of_weeks_name_their_years() -> None:
    mondays = [date(2010, 1, 4) + timedelta(weeks=number) for number in range(200)]
    found = chart_of_weeks(
        Weeks.of(mondays[0], [20 + number % 7 for number in range(200)]),
        Measure.COUNT,
        date(2013, 12, 31),
    )
    assert {"2011", "2012", "2013"} <= {*texts(outlook_charts.stability(found))}
    [signal] = further.signals(
        chart_of_weeks(
            Weeks.of(mondays[0], [3600.0 + number % 3 for number in range(40)] + [864_000.0]),
            Measure.DURATION,
            date(2013, 12, 31),
        )
    )
    assert signal["Figure"] == "10 d"


def test_the_weeks_around_a_period_are_drawn_and_all_of_a_long_one() -> None:
    rows = [week(number) for number in range(200)]
    mondays = [row["week_start"] for row in rows]
    for chosen, shown in (
        (Period(mondays[198], mondays[199]), mondays[140:]),
        (Period(mondays[100], mondays[102]), mondays[54:114]),
        (Period(mondays[100], mondays[190]), mondays[100:]),
        (Period(mondays[3], mondays[4]), mondays[:16]),
        (Period(date(1999, 1, 4), date(1999, 1, 11)), mondays[140:]),
        (ALL_TIME, mondays),
    ):
        assert [row["week_start"] for row in around(rows, chosen)] == shown


def test_a_week_of_which_only_some_days_are_chosen_is_shaded_too() -> None:
    rows = [week(number) for number in range(5)]
    mondays = [row["week_start"] for row in rows]
    day = timedelta(days=1)
    for chosen, shaded in (
        (Period(mondays[1], mondays[3]), [1, 2]),
        (Period(mondays[1] + 6 * day, mondays[3] + day), [1, 2, 3]),
        (Period(mondays[2] + 2 * day, mondays[2] + 3 * day), [2]),
        (Period(None, mondays[1]), [0]),
        (Period(mondays[3] + 6 * day), [3, 4]),
        (ALL_TIME, []),
    ):
        ground = chosen_ground(rows, chosen).to_dict()["data"]["values"]
        assert ground == [{"period": period(rows[number])} for number in shaded]


def test_a_day_is_shaded_alone() -> None:
    monday = date(2026, 1, 5)
    rows = [{"day": monday + timedelta(days=number)} for number in range(7)]
    chosen = Period(monday + timedelta(days=2), monday + timedelta(days=4))
    ground = chosen_ground(rows, chosen).to_dict()["data"]["values"]
    assert ground == [{"period": "07 Jan 2026"}, {"period": "08 Jan 2026"}]


def test_labels_on_paper_can_be_read_however_long_they_are() -> None:
    on_paper = 344  # pixels, beside another chart on A4
    rows = [
        {
            "dimension_value": "mon_" + 12 * "long_name_",
            "minutes": 90.0,
            "minutes_share_so_far": 1.0,
            "recorded_incidents": 5,
            "ended_incidents": 9,
        }
    ]
    picture = drawn(charts.pareto(rows, "monitor"))
    width = float(re.findall(r'<svg [^>]*?\bwidth="([0-9.]+)"', picture)[0])
    sizes = [float(size) for size in re.findall(r'font-size="([0-9.]+)px"', picture)]
    assert min(sizes) * on_paper / width * 72 / 96 >= 7
