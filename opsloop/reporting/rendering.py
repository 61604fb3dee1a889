"""Making one file of a report: charts become SVG, and everything stands in the page itself."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from opsloop.reporting import tables, words, worth_doing
from opsloop.reporting.markup import coded

if TYPE_CHECKING:
    from opsloop.reporting.drawing import Drawing
    from opsloop.reporting.report import Report

# of a chart with its labels, in pixels. Two stand beside each other on a sheet of paper, 344 pixels
# wide each: a label of 12 pixels prints at 7 points.
WIDTH, LABEL = 420, 12
FONT = "Helvetica, Arial, sans-serif"
COLOURS = ["#1f6f78", "#d08c36", "#7a86a8", "#b3574f", "#5f9e6e", "#8e6aa3"]
INK, MUTED, HAIR = "#1b2530", "#5a6975", "#dde4e8"
# what the app's theme gives its charts, for those that stand on paper
LOOK: dict[str, Any] = {
    "background": "#ffffff",
    "font": FONT,
    "view": {"stroke": None},
    "range": {"category": COLOURS},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": LABEL,
        "titleFontSize": LABEL,
        "gridColor": HAIR,
        "domainColor": HAIR,
        "tickColor": HAIR,
        "labelPadding": 6,
    },
    "legend": {"labelColor": MUTED, "labelFontSize": LABEL, "labelLimit": 260},
    "mark": {"color": COLOURS[0]},
}

FITTED = alt.AutoSizeParams(type="fit-x", contains="padding")

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def svg(chart: Drawing, title: str) -> Markup:
    """Return a chart as SVG that says what it is to those who cannot see it."""
    spec = chart.properties(width=WIDTH, autosize=FITTED).to_dict()
    drawn = vl_convert.vegalite_to_svg(spec, config=LOOK)
    label = Markup('<svg role="img" aria-label="{}"').format(title)
    return Markup(drawn).replace(Markup("<svg"), label, 1)


def embedded(data: Any) -> Markup:
    """Return data as JSON that can stand in a script element, whatever its texts say."""
    text = json.dumps(data, default=_plain, allow_nan=False, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def html(report: Report) -> str:
    """Return a report as one page that loads nothing."""
    return _templates.get_template("report.html").render(report=report)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return words.as_utc(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return float(value)  # the warehouse's decimals


_templates.filters.update(
    svg=svg,
    embedded=embedded,
    timestamp=words.timestamp,
    naming_monitors=words.naming_monitors,
    coded=coded,
    stake=worth_doing.stake,
    of_numbers=tables.of_numbers,
)
