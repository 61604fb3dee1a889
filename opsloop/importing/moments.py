"""The SQL by which texts become moments: their formats, and the zones that they name. Pure.

A text says a local time, of the map's zone or of one that it names by a word, or it names its
offset from UTC, which is exact and decides whatever word stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from opsloop.importing.schema import ReadSettings
from opsloop.importing.zones import spans, utc_sql

# of the words of three letters that DuckDB takes for a zone, those of the IANA database; others
# mean several, and to DuckDB not what most mean by them (BST is Bangladesh, AST Alaska)
_SHORT_ZONES = (
    *("CET", "EET", "EST", "GMT", "HST", "MET", "MST"),
    *("PRC", "ROC", "ROK", "UCT", "UTC", "WET"),
)
_WORD = r"[A-Za-z][\w+/:-]*"
_MOMENT = r"[^\s:]+[\sTt]\s*\d{1,2}:\d{2}[\d:.]*"  # of ISO 8601
_OFFSET = r"Z|z|[+-]\d{2}(?::?\d{2}){0,2}"
_NOTE = r"(?:\s+|\s*[\[(])[A-Za-z][\w+/ -]*[\])]?"  # a word behind an offset
_WITH_OFFSET = rf"^({_MOMENT})\s*({_OFFSET})(?:{_NOTE})?$"
_WITH_WORD = rf"^({_MOMENT})\s*[\[(]?({_WORD})[\])]?$"
# what stands behind a clock time; asked before the patterns above, which take their time
_HAS_MORE = r":\d{2}[\d:.]*\s*[^\d:.\s]"
_HAS_OFFSET = r":\d{2}[\d:.]*\s*[Zz+-]"
_HAS_WORD = r":\d{2}[\d:.]*\s*[\[(]?[A-Za-z][A-Za-z]"


class _Format(NamedTuple):
    """A format in which a zone's word stands.

    `pattern` has groups for what is before, of and behind the word; `rest` is the format without.
    """

    pattern: str
    rest: str

    @property
    def text(self) -> str:
        """The SQL of a text without its zone's word; empty if the format does not fit."""
        return f"{_group(self.pattern, 1)} || {_group(self.pattern, 3)}"

    @property
    def word(self) -> str:
        """The SQL of the word; empty if the format does not fit."""
        return _group(self.pattern, 2)


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def macros(settings: ReadSettings, now: datetime) -> list[str]:
    """Return the SQL that makes the macros by which texts become moments.

    Beside those of `reading`, `opsloop_utc(local)` is the UTC time of a local one, and
    `opsloop_utc_of(local, word)` that of one in a zone of its own, null for a word that
    `opsloop_known_zone(word)` does not know.
    """
    parts = spans(settings.time_zone, now, settings.ambiguous, settings.nonexistent)
    return [
        f"create macro opsloop_utc(t) as {utc_sql('t', parts)}",
        *_of_zones(settings),
        *reading(settings.time),
    ]


def reading(formats: Sequence[str]) -> list[str]:
    """Return the SQL that makes, or makes anew, the macros that read a text by these formats.

    They need those for zones, which do not change with the formats.
    `opsloop_local(text)` is a local time, `opsloop_zone(text)` the word by which it names its zone,
    `opsloop_absolute(text)` the UTC time of a text that names its offset. `opsloop_time(text)` is
    either time, null for a text that says none. `opsloop_unknown_zone(text)` is the word of a time
    that an import lists for it.
    """
    with_offset = [one for one in formats if "%z" in _directives(one)]
    local = [one for one in formats if one not in with_offset]
    worded = [_apart(one) for one in local if "%Z" in _directives(one)]
    plain = [one for one in local if "%Z" not in _directives(one)]
    is_unknown = "opsloop_absolute(t) is null and opsloop_known_zone(opsloop_zone(t)) is null"
    macros_ = {
        "opsloop_local": _local(plain, worded),
        "opsloop_zone": _zone(plain, worded),
        "opsloop_absolute": _absolute(with_offset),
        "opsloop_time": "coalesce(opsloop_absolute(t), opsloop_local(t))",
        "opsloop_unknown_zone": f"case when {is_unknown} then opsloop_zone(t) end",
    }
    return [f"create or replace macro {name}(t) as {sql}" for name, sql in macros_.items()]


def _local(plain: Sequence[str], worded: Sequence[_Format]) -> str:
    found = [f"try_strptime(trim(t), {_list(plain)})"] if plain else []
    found += [f"try_strptime({one.text}, {literal(one.rest)})" for one in worded]
    iso = f"case when not {_has(_HAS_MORE)} then trim(t) else {_worded(1)} end"
    return _first([*found, _dated(f"try_cast({iso} as timestamp)")])


def _zone(plain: Sequence[str], worded: Sequence[_Format]) -> str:
    """Return the SQL of the word by which a text names its zone."""
    words = [*(one.word for one in worded), _dated(_worded(2))]
    word = _first(f"nullif({one}, '')" for one in words)
    if not plain:
        return word
    # what looks like a zone may belong to the format, as `PM` does
    is_zone = f"{word} is not null and try_strptime(trim(t), {_list(plain)}) is null"
    return f"case when {is_zone} then {word} end"


def _absolute(formats: Sequence[str]) -> str:
    found = []
    for one in formats:
        text, rest = "trim(t)", one
        if "%Z" in _directives(one):
            apart = _apart(one)
            text, rest = apart.text, apart.rest
        found.append(f"try_strptime({text}, {literal(rest)})")
    exact = f"{_group(_WITH_OFFSET, 1)} || upper({_group(_WITH_OFFSET, 2)})"
    iso = f"case when {_has(_HAS_OFFSET)} then {exact} end"
    found.append(_dated(f"try_cast({iso} as timestamptz)"))
    return _first(f"timezone('UTC', {one})" for one in found)


def _of_zones(settings: ReadSettings) -> list[str]:
    """Return the SQL of the macros for zones that texts name.

    DuckDB reads an hour that comes twice as the second, and shifts one that is skipped by what it
    lacks. The first is what the clock of the day before would say.
    """
    short = ", ".join(map(literal, _SHORT_ZONES))
    twice = {"first": "earlier", "second": "later", "reject": "null"}[settings.ambiguous]
    skipped = {"shift": "later", "reject": "null"}[settings.nonexistent]
    day = "interval 1 day"
    return [
        "create macro opsloop_known_zone(word) as case when upper(word) = 'Z' then 'UTC'"
        f" when length(word) = 3 and upper(word) not in ({short}) then null"
        " when try_cast('2000-01-01 00:00:00 ' || word as timestamptz) is not null then word end",
        "create macro opsloop_wall(utc, zone) as timezone(zone, timezone('UTC', utc))",
        "create macro opsloop_chosen(t, zone, earlier, later) as case"
        f" when earlier <> later and opsloop_wall(earlier, zone) = t then {twice}"
        f" when opsloop_wall(later, zone) = t then later else {skipped} end",
        "create macro opsloop_of_later(t, zone, later) as opsloop_chosen(t, zone,"
        f" t - (opsloop_wall(later - {day}, zone) - (later - {day})), later)",
        "create macro opsloop_of_known(t, zone) as"
        " opsloop_of_later(t, zone, timezone('UTC', timezone(zone, t)))",
        "create macro opsloop_utc_of(t, word) as opsloop_of_known(t, opsloop_known_zone(word))",
    ]


def _directives(format_: str) -> list[str]:
    return re.findall("%-?.", format_)


def _apart(format_: str) -> _Format:
    """Return a format with a zone's word as what its texts look like, and as it is without."""
    parts = re.split("(%-?.)", format_)
    at = parts.index("%Z")
    before, behind = parts[:at], parts[at + 1 :]
    pattern = f"^({_pattern(before)})({_WORD})({_pattern(behind)})$"
    return _Format(pattern, "".join([*before, *behind]).strip())


def _pattern(parts: Sequence[str]) -> str:
    """Return a pattern for a part of a format; `strptime` says whether the text is sound."""
    texts = (".+?" if one.startswith("%") else re.escape(one) for one in parts)
    return re.sub(r"(\\?\s)+", r"\\s+", "".join(texts))


def _first(values: Iterable[str]) -> str:
    return f"coalesce({', '.join(values)}, null)"


def _worded(number: int) -> str:
    """Return the SQL of a part of a text in ISO 8601 that ends with its zone's word."""
    return f"case when {_has(_HAS_WORD)} then {_group(_WITH_WORD, number)} end"


def _has(pattern: str) -> str:
    return f"regexp_matches(trim(t), {literal(pattern)})"


def _group(pattern: str, number: int) -> str:
    return f"regexp_extract(trim(t), {literal(pattern)}, {number})"


def _dated(value: str) -> str:
    """Return the SQL of a value of texts that begin as dates do: `epoch` is a time for DuckDB."""
    return f"case when trim(t) >= '0' and trim(t) < ':' then {value} end"


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(literal, texts)) + "]"
