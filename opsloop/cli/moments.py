"""Moments and spans as people type them: a date, a date with a time, or how far from now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from opsloop.cli.session import utc_now

_FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SECONDS = {"m": 60, "h": 3600}
_SPAN = re.compile(r"(\d{1,5}(?:\.\d+)?)\s*([mh])", re.ASCII)
_FROM_NOW = re.compile(r"\+?(\d{1,5}(?:\.\d+)?)\s*([mhdw])", re.ASCII)


class Moment(click.ParamType[datetime]):
    """`2026-11-23`, `2026-11-23 09:00` (both UTC), or `+2h`, `+30m`, `+3d`, `+1w` from now."""

    name = "when"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> datetime:
        """Return the moment, in UTC."""
        text = str(value).strip()
        if found := _FROM_NOW.fullmatch(text):
            return utc_now() + timedelta(**{_UNITS[found[2]]: float(found[1])})
        for form in _FORMATS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC)
            except ValueError:
                continue
        self.fail(
            f"'{value}' is no moment: write 2026-11-23, '2026-11-23 09:00' (UTC) or +2h.",
            parameter,
            context,
        )


class BusinessTime(click.ParamType[int]):
    """`30m` or `4h` of open hours, in seconds. A day of them has no fixed length."""

    name = "span"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> int:
        """Return the seconds."""
        found = _SPAN.fullmatch(str(value).strip())
        if found is None:
            self.fail(
                f"'{value}' is no span of business time: write 30m or 4h.", parameter, context
            )
        return round(float(found[1]) * _SECONDS[found[2]])
