"""Zones, words and windows of an import: small rules, each against a plainer one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.errors import ConfigError
from opsloop.importing import vocabulary
from opsloop.importing.guess import Flow, quoted, window_of, yaml_text
from opsloop.importing.maps import checksum_of, load_map
from opsloop.importing.words import States, StateWord, priority_of, severity_of, state_word
from opsloop.importing.zones import spans, utc_sql
from opsloop.service.importing import name_of
from opsloop.types import State

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def local(text: str) -> datetime:
    """Return a time without a zone."""
    return datetime.fromisoformat(text)


def by_zoneinfo(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    """Return UTC as the standard library has it; a skipped hour moves by what it lacks."""
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=15, deadline=None)
@given(locals_=st.lists(st.datetimes(local("1971-01-01"), local("2026-12-01")), min_size=20))
def test_local_times_are_utc_as_the_standard_library_says(
    name: str, locals_: list[datetime]
) -> None:
    zone = ZoneInfo(name)
    for meaning, fold in (("first", 0), ("second", 1)):
        parts = spans(zone, UNTIL, meaning, "shift")
        sql = f"select {utc_sql('t', parts)} from (select unnest(?::timestamp[]) as t)"
        around = [at.replace(month=month, day=31 - (month == 10) * 4) for at in locals_[:3]
                  for month in (3, 10)]  # fmt: skip
        wanted = [at.replace(microsecond=0) for at in (*locals_, *around)]
        found = [row[0] for row in duckdb.execute(sql, [wanted]).fetchall()]
        skipped = {at for at in wanted if is_skipped(at, zone)}
        for at, utc in zip(wanted, found, strict=True):
            # the library reads a skipped hour by `fold`; here it always moves on
            assert utc == by_zoneinfo(at, zone, 0 if at in skipped else fold), (at, meaning)


def is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    utc = local.replace(tzinfo=zone).astimezone(UTC)
    return utc.astimezone(zone).replace(tzinfo=None) != local


def test_refused_hours_have_no_utc_time() -> None:
    parts = spans(ZoneInfo("Europe/Berlin"), UNTIL, "reject", "reject")
    sql = f"select {utc_sql('t', parts)} from (select unnest(?::timestamp[]) as t)"
    times = [local("2024-03-31T02:00"), local("2024-03-31T03:00"), local("2024-10-27T02:59")]
    assert [row[0] for row in duckdb.execute(sql, [times]).fetchall()] == [
        None,
        local("2024-03-31T01:00"),
        None,
    ]


def test_the_first_pattern_that_fits_says_the_state() -> None:
    states = States({"Await*": state_word("waiting customer"), "*": StateWord(State.ACTIVE)})
    assert states.of("awaiting vendor") == StateWord(State.WAITING, "customer")
    assert states.of("anything") == StateWord(State.ACTIVE)
    assert States({"A?": StateWord(State.NEW)}).of("ABC") is None
    assert States({}).of("Resolved") == StateWord(State.RESOLVED)


@pytest.mark.parametrize(
    ("text", "priority"),
    [("P1", "P1"), ("1", "P1"), ("3 - Moderate", "P3"), ("p 4", "P4"), ("5", None),
     ("12", None), ("high", None), ("", None)],
)  # fmt: skip
def test_priorities_by_their_number(text: str, priority: str | None) -> None:
    assert priority_of(text) == priority


def test_severities_by_name() -> None:
    assert severity_of(" High ") == "high"
    assert severity_of("dire") is None


@pytest.mark.parametrize(
    ("word", "action"),
    [("Take in charge ticket", "taken"), ("Resolve ticket", "resolved"), ("Wait", "set_waiting"),
     ("Wiedereröffnet", "reopened"), ("Resolve SW anomaly", "answered"), ("Chiuso", "closed"),
     ("Presa in carico", "taken"), ("En attente", "set_waiting"), ("Xyzzy", None)],
)  # fmt: skip
def test_activities_by_their_words(word: str, action: str | None) -> None:
    assert vocabulary.activity_of(word) == action


def flows(begun: list[int], ended: list[int]) -> list[Flow]:
    months = (date(2024, 1 + place, 1) for place in range(len(begun)))
    return [Flow(*one) for one in zip(months, begun, ended, strict=True)]


def test_a_window_begins_where_arrivals_are_as_usual() -> None:
    rising = flows([1, 3, 40, 50, 45, 50, 20], [0, 0, 10, 20, 20, 30, 20])
    assert window_of(rising) == (date(2024, 3, 1), date(2024, 6, 30), "closed")
    level = flows([40, 50, 45, 50, 48], [10, 20, 20, 30, 20])
    assert window_of(level) == (date(2024, 2, 1), date(2024, 4, 30), "opened")
    assert window_of(level[:2]) is None


@given(st.text(max_size=30))
def test_a_guessed_expression_survives_yaml(name: str) -> None:
    from ruamel.yaml import YAML

    text = "".join(letter for letter in name if letter.isprintable())
    expression = quoted(text)
    assert YAML(typ="safe").load(f"case: {yaml_text(expression)}")["case"] == expression


@pytest.mark.parametrize(
    ("file", "source"),
    [("Old desk.csv.gz", "old_desk"), ("Büro.csv", "buro"), ("Bu\u0308ro.csv", "buro"),
     ("日本.csv", "log_4dbed2"), ("中国.csv", "log_c13dce"), ("日本 2.csv", "2_4dae5e"),
     ("Straße.csv", "stra_e_ddc40d"), ("--.csv", "imported"), ("x" * 80 + ".csv", "x" * 60)],
)  # fmt: skip
def test_a_source_is_called_as_its_file(file: str, source: str) -> None:
    assert name_of(Path(file)) == source


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_map_is_itself_whatever_its_window_and_comments(tmp_path: Path) -> None:
    plain = load_map(write(tmp_path / "a.yml", "case: a\n"))[0]
    moved = "# a comment\ncase: a\nwindow: {from: 2024-01-01, to: 2024-02-01}\n"
    assert checksum_of(load_map(write(tmp_path / "b.yml", moved))[0]) == checksum_of(plain)
    other = load_map(write(tmp_path / "c.yml", "case: b\n"))[0]
    assert checksum_of(other) != checksum_of(plain)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("caes: a\n", "m.yml:1 caes: 'caes' is not a known key. Did you mean 'case'?"),
        ("at: b\n", "m.yml case: 'case' is missing."),
        ("case:\n", "It should be string, but it says None."),
        ("case: ' '\n", "There is no expression."),
        ("case: a\nread: {zone: Europe/Berlni}\n", "Did you mean 'Europe/Berlin'?"),
        ("case: a\nread: {separator: ';;'}\n", "';;' separates no values."),
        ("case: a\nset: {state: s, tema: t}\n", "m.yml:2 set.tema: 'tema' is not a known key."),
        ("case: a\nset: {state: s}\nstates: {x: wating}\n", "Did you mean 'waiting'?"),
        ("case: a\nset: {state: s}\nstates: {x: waiting moon}\n", "Nobody waits for 'moon'."),
        ("case: a\nset: {state: s}\nstates: {x: active customer}\n", "'active' waits for nobody."),
        ("case: a\nstates: {x: new}\n", "`states` translates what `set.state` says"),
        ("case: a\nwindow: {from: 2024-02-30}\n", "m.yml:2: 2024-02-30 is no day. Write one"),
        (
            "case: a\nwindow: {from: last year, to: 2024-01-01}\n",
            "m.yml:2 window.from: It should be a day, such as 2024-03-31, but it says 'last year'.",
        ),
        (
            "case: a\nwindow: {from: 2024-01-01, to: 20240331}\n",
            "It should be a day, such as 2024-03-31, but it says 20240331.",
        ),
        ("case: a\nwindow: {from: 2024-02-01, to: 2024-01-01}\n", "It ends (2024-01-01) before"),
        ("case: a\nrows: [{action: taken, delta: n}]\n", "'taken' cannot be counted"),
        ("case: a\nrows: [{action: reopened, delta: n, at: b}]\n", "`delta` counts row by row"),
        ("case: a\nrows: [{action: worked}]\n", "`minutes` belongs to the action worked"),
        ("case: a\nrows: [{action: taken, to: b}]\n", "`to` belongs to the action escalated"),
        ("case: a\nlet: {prev: b}\n", "'prev' cannot be a name."),
        ("case: a\nversion: 2\n", "'2' is not one of 1."),
        ("case: [\n", "It is not valid YAML"),
    ],
)
def test_what_no_map_can_say(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        load_map(write(tmp_path / "m.yml", text))


def test_the_maps_in_the_paper_are_maps(tmp_path: Path) -> None:
    paper = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
    maps = [one for one in re.findall(r"```yaml\n(.*?)```", paper, re.DOTALL) if "case:" in one]
    assert len(maps) == 3
    for text in maps:
        load_map(write(tmp_path / "paper.yml", text))


def test_a_day_is_a_day_in_every_zone() -> None:
    for name in ZONES:
        parts = spans(ZoneInfo(name), UNTIL, "first", "shift")
        assert all(one.starts < two.starts for one, two in pairwise(parts))
        assert all(one.offset is None or abs(one.offset) < timedelta(days=1) for one in parts)
