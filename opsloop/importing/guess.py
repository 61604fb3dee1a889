"""A first map for a log: which column is what, by its name and its content. Pure.

What is guessed is said in comments, so that whoever knows the log can mend it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from opsloop.importing import vocabulary

# SQL words that a plain column's name may be; quoted like all that is no plain name
_PLAIN = re.compile(r"^[a-z_][a-z0-9_]*$", re.IGNORECASE)
_RESERVED = re.compile(
    r"^(all|and|any|as|asc|asof|at|by|case|cast|check|column|create|default|desc|distinct|do|else|end"
    r"|except|fetch|for|from|grant|group|having|in|into|is|join|limit|line|not|null|offset|on|only"
    r"|or|order|prev|references|select|some|table|then|to|true|false|union|unique|user|using|when"
    r"|where|window|with)$",
    re.IGNORECASE,
)
_YAML_WORDS = ("yes", "no", "on", "off", "y", "n", "null", "true", "false")
_MOST = 0.9
_TIMES = ("at", "opened_at", "resolved_at", "closed_at")  # the roles that say when


@dataclass(frozen=True, slots=True)
class Times:
    """How a column says times.

    Args:
        share: of its values, how many are times, by the format that fits most.
        format: that format; None for ISO 8601.
        unknown_zones: words by which they name a zone that an import does not know.
    """

    share: float = 0.0
    format: str | None = None
    unknown_zones: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds.

    Args:
        filled, distinct: of `rows` rows.
        times: how it says times.
        is_whole: whether all its values are whole numbers.
        per_case: different values within a case, on average; None before a case is known.
        words: its most frequent values, where there are few.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    times: Times
    is_whole: bool
    words: Sequence[str] = ()
    per_case: float | None = None

    @property
    def is_time(self) -> bool:
        """Whether it holds times."""
        return self.filled > 0 and self.times.share >= _MOST


@dataclass(frozen=True, slots=True)
class Flow:
    """How many cases began and ended in a month."""

    month: date
    begun: int
    ended: int


Roles = dict[str, str]  # what a column is for → its name


def case_column(columns: Sequence[Column]) -> str | None:
    """Return the column that tells the cases apart, if one does."""
    fitting = [
        one
        for one in columns
        if one.filled == one.rows and not one.is_time and 0 < one.distinct <= one.rows
    ]
    named = [one for one in fitting if vocabulary.rank("case", one.name) is not None]
    if named:
        return min(
            named, key=lambda one: (vocabulary.rank("case", one.name) or 0, -one.distinct)
        ).name
    repeated = [one for one in fitting if 1.5 <= one.rows / one.distinct <= 100]
    return max(repeated, key=lambda one: one.distinct).name if repeated else None


def roles_of(columns: Sequence[Column], case: str) -> Roles:
    """Return what each column seems to be for; the columns know how they vary within a case."""
    roles = {"case": case}
    varies = {one.name for one in columns if (one.per_case or 0) > 1.05}
    tests: dict[str, Callable[[Column], bool]] = {
        "at": lambda one: one.is_time and one.filled == one.rows,
        "activity": lambda one: _has_words(one) and one.name in varies,
        "state": lambda one: _has_words(one) and one.name in varies,
        "opened_at": lambda one: one.is_time and one.name not in varies,
        "resolved_at": lambda one: one.is_time,
        "closed_at": lambda one: one.is_time,
        "sequence": lambda one: one.is_whole and one.name in varies,
        "reassigned": lambda one: one.is_whole,
        "reopened": lambda one: one.is_whole,
        "priority": lambda one: _has_words(one) and bool(_priorities(one.words)),
        "resolution_code": lambda one: not one.is_time,
        "title": lambda one: not one.is_time,
    }
    order = ("opened_at", "resolved_at", "closed_at", *tests, *vocabulary.COLUMNS)
    for role in dict.fromkeys(order):
        test = tests.get(role, _is_said)
        free = [one for one in columns if one.name not in roles.values() and one.filled]
        named = [
            (place, one.name)
            for one in free
            if (place := vocabulary.rank(role, one.name)) is not None and test(one)
        ]
        if named:
            roles[role] = min(named, key=lambda found: found[0])[1]
    if "at" not in roles:
        times = [one for one in columns if one.is_time and one.filled == one.rows]
        unused = [one for one in times if one.name not in roles.values()]
        found = max(unused or times, key=lambda one: one.distinct, default=None)
        if found is not None:
            roles["at"] = found.name
    return roles


def _is_said(column: Column) -> bool:
    return not column.is_time and column.distinct > 1


def _has_words(column: Column) -> bool:
    return 1 < column.distinct <= 200 and not column.is_time and bool(column.words)


def _priorities(words: Sequence[str]) -> bool:
    return all(re.match(r"^\s*[Pp]?\s?[1-4]\b", word) for word in words)


def window_of(flows: Sequence[Flow]) -> tuple[date, date, str] | None:
    """Return between which days a log seems whole, and of what; None for one that is too short.

    A log that was cut by the day of closing shows arrivals that rise from nothing, or that run dry
    before its end.
    """
    if len(flows) < 3:
        return None
    usual = sorted(flow.begun for flow in flows)[len(flows) // 2]
    busy = [place for place, flow in enumerate(flows) if flow.begun >= usual / 2]
    first, last = busy[0], busy[-1]
    is_cut = first > 0 or last < len(flows) - 1
    if last == len(flows) - 1:
        last -= 1  # the last month is hardly ever whole
    begins = flows[min(first + 1, last)].month if first == 0 else flows[first].month
    return begins, _end_of(flows[last].month), "closed" if is_cut else "opened"


def _end_of(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def quoted(name: str) -> str:
    """Return a column's name as an SQL expression."""
    if _PLAIN.match(name) and not _RESERVED.match(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def yaml_text(text: str) -> str:
    """Return a text as YAML, quoted where it must be."""
    if re.match(r"^[A-Za-z_][\w .()<>-]*$", text) and text.lower() not in _YAML_WORDS:
        return text
    return "'" + text.replace("'", "''") + "'"


def written(
    roles: Roles,
    columns: Sequence[Column],
    *,
    source: str,
    null_marks: Sequence[str],
    window: tuple[date, date, str] | None,
    is_key: bool,
) -> str:
    """Return the map as YAML with its reasons in comments."""
    by_name = {one.name: one for one in columns}
    lines = [*_head(roles, by_name, source, null_marks, window, is_key=is_key)]
    lines += _body(roles, by_name)
    return "\n".join(lines) + "\n"


def _head(
    roles: Roles,
    columns: Mapping[str, Column],
    source: str,
    null_marks: Sequence[str],
    window: tuple[date, date, str] | None,
    *,
    is_key: bool,
) -> Iterator[str]:
    yield "# A first map, guessed from the file: read it through. docs/import.md has every key."
    yield f"source: {source}"
    yield "people: pseudonyms          # keep = names as they are in the file"
    times = [columns[roles[role]] for role in _TIMES if role in roles]
    formats = {one.times.format for one in times if one.times.format}
    yield "read:"
    if null_marks:
        yield f"  null: {json.dumps(list(null_marks), ensure_ascii=False)}"
    if formats:
        yield f"  time: {json.dumps(sorted(formats))}"
        if any(one.startswith("%d/%m") or one.startswith("%m/%d") for one in formats):
            yield "  # day and month: whichever order reads more of the values"
    yield "  zone: UTC                 # of times that name neither offset nor zone: say the log's"
    for one in times:
        yield from _zones_to_say(one)
    yield f"case: {yaml_text(quoted(roles['case']))}"
    at = roles.get("at")
    if at is None:
        yield "at: 'null'                  # no column has a time in every row: say when a row was"
    else:
        yield f"at: {yaml_text(quoted(at))}"
    if "actor" in roles:
        yield f"actor: {yaml_text(quoted(roles['actor']))}   # who wrote the row"
    if "title" in roles:
        yield f"title: {yaml_text(quoted(roles['title']))}"
    if "sequence" in roles:
        number = f"{quoted(roles['sequence'])}::bigint"
        yield f"order: [{yaml_text(number)}, line]"
        if is_key:
            keys = ", ".join(yaml_text(quoted(roles[role])) for role in ("case", "sequence"))
            yield f"key: [{keys}]   # no two rows have the same"
    if window is not None:
        first, last, of = window
        yield f"window: {{from: {first}, to: {last}, complete_for: {of}}}"
        yield "# within it every month has at least half of a usual month's new cases"
        if of == "closed":
            yield "# beyond it they rise from nothing or run dry, as in a log cut by closing"


def _zones_to_say(column: Column) -> Iterator[str]:
    """Yield what the map must still say of the zones that a column names."""
    words = column.times.unknown_zones
    if not words:
        return
    name = quoted(column.name)
    said = yaml_text(f"replace({name}, '{words[0]}', 'UTC+2')")
    yield f"# {name} names a zone by what is no zone's name, or means several: {', '.join(words)}."
    yield "# Import lists these rows until the map says what is meant, wherever the column stands"
    yield f"# below. If {words[0]} is two hours ahead of UTC: {said}"


def _body(roles: Roles, columns: Mapping[str, Column]) -> Iterator[str]:
    is_activities = "activity" in roles
    activity = quoted(roles.get("activity", ""))
    if is_activities and activity.startswith('"'):
        yield f"let: {{activity: {yaml_text(activity)}}}"
        activity = "activity"
    given = [role for role in ("team", "person", "priority", "type") if role in roles]
    if not is_activities and "state" in roles:
        given.insert(0, "state")
    if given:
        yield "set:"
        yield from (f"  {role}: {yaml_text(quoted(roles[role]))}" for role in given)
    if "state" in given:
        yield "states:"
        for word in columns[roles["state"]].words:
            state = vocabulary.state_of(word)
            note = "" if state else "   # a guess: its name says nothing"
            yield f"  {json.dumps(word, ensure_ascii=False)}: {state or 'active'}{note}"
    yield "rows:"
    opened = f", at: {yaml_text(quoted(roles['opened_at']))}" if "opened_at" in roles else ""
    yield f"- {{action: opened, once: first{opened}}}"
    if is_activities:
        yield from _activity_rules(activity, columns[roles["activity"]].words)
    for role in ("reassigned", "reopened"):
        if role in roles:
            counter = f"{quoted(roles[role])}::bigint"
            yield f"- {{action: {role}, delta: {yaml_text(counter)}}}"
    for action in ("resolved", "closed"):
        if f"{action}_at" in roles:
            at = yaml_text(quoted(roles[f"{action}_at"]))
            yield f"- {{action: {action}, once: last, at: {at}}}"
    facts = [(role, roles[role]) for role in ("entity", "resolution_code") if role in roles]
    if facts:
        yield "facts:"
        yield from (f"  {role}: {yaml_text(quoted(name))}" for role, name in facts)


def _activity_rules(column: str, words: Sequence[str]) -> Iterator[str]:
    by_action: dict[str, list[str]] = {}
    for word in words:
        by_action.setdefault(vocabulary.activity_of(word) or "", []).append(word)
    others = by_action.pop("", []) + by_action.pop("opened", [])
    for action, meant in by_action.items():
        listed = ", ".join("'" + word.replace("'", "''") + "'" for word in meant)
        when = json.dumps(f"{column} in ({listed})", ensure_ascii=False)
        more = ""
        if action == "escalated":
            more = f", to: \"'second level'\", type: {yaml_text(column)}"
        yield f"- {{action: {action}, when: {when}{more}}}"
    if others:
        yield f"# kept as comments, or as the opening: {', '.join(others)}"
