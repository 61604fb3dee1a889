"""What is wrong with a log is handled, or listed by row and reason; never dropped."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from opsloop.errors import ConfigError
from opsloop.importing.life import IMPLIED
from opsloop.importing.reading import LONGEST_CELL, ImportFileError
from opsloop.service.importing.guessing import guess_map
from tests.integration.imported import (
    ACTIVITIES,
    NOW,
    SNAPSHOT_HEADER,
    SNAPSHOTS,
    Desk,
    desk_on_sqlite,
)

HEADER = "ticket,activity,who,at\n"
CREATED = "A,create,ann,2024-03-01 09:00\n"


@pytest.fixture
def desk(empty_store_file: Path, state_dir: Path) -> Iterator[Desk]:
    with desk_on_sqlite(empty_store_file, state_dir) as desk:
        yield desk


def test_rows_out_of_order_are_put_in_order(desk: Desk) -> None:
    desk.bring(
        HEADER + "A,close,bob,2024-03-03 09:00\nB,create,ann,2024-03-02 09:00\n"
        "A,resolve,bob,2024-03-02 09:00\n" + CREATED
    )
    assert [action for action, _ in desk.course("A")] == ["opened", "resolved", "closed"]


def test_equal_times_keep_the_order_of_the_file(desk: Desk) -> None:
    same = "2024-03-01 09:00\n"
    desk.bring(HEADER + f"A,create,ann,{same}A,take,bob,{same}A,resolve,bob,{same}")
    assert [action for action, _ in desk.course("A")] == ["opened", "taken", "resolved"]


def test_an_order_that_the_map_gives_holds_against_clocks_that_go_back(desk: Desk) -> None:
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,?,Active,Desk,?,?,0,?\n"
        + "I1,0,1/3/2024 9:40,1/3/2024 9:00,?,New,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert desk.course("I1") == [("opened", "01 09:00"), ("taken", "01 09:40")]


def test_a_case_without_an_end_stays_open(desk: Desk) -> None:
    desk.bring(HEADER + CREATED)
    assert desk.incident("A")["state"] == "new"


def test_a_state_that_the_map_does_not_know_is_listed(desk: Desk) -> None:
    found = desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,?,Zombie,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert found.rejected == {"unknown_state": 1}
    assert desk.left_out == [
        (
            3,
            "I1",
            "unknown_state",
            "'Zombie' is not among `states`.",
            "I1,1,1/3/2024 9:30,1/3/2024 9:00,,Zombie,Desk,,,0,",
        )
    ]


BROKEN = "A,create,ann,soon\n"
TAKEN = "A,take,bob,2024-03-01 09:30\n"
RESOLVED = "A,resolve,bob,2024-03-01 10:30\n"
BY_NUMBER = ACTIVITIES + "order: [activity::int]\n"


@pytest.mark.parametrize(
    ("rows", "plan", "starts"),
    [
        pytest.param(BROKEN + TAKEN + RESOLVED, ACTIVITIES, "active", id="down, the first"),
        pytest.param(TAKEN + BROKEN + RESOLVED, ACTIVITIES, "new", id="down, between"),
        pytest.param(TAKEN + RESOLVED + BROKEN, ACTIVITIES, "new", id="down, the last"),
        pytest.param(RESOLVED + TAKEN + BROKEN, ACTIVITIES, "active", id="up, the first"),
        pytest.param(RESOLVED + BROKEN + TAKEN, ACTIVITIES, "new", id="up, between"),
        pytest.param(BROKEN + RESOLVED + TAKEN, ACTIVITIES, "new", id="up, the last"),
        pytest.param(TAKEN + BROKEN, ACTIVITIES, "new", id="only one is left"),
        pytest.param("A,1,a,\nA,2,a,2024-03-01 09:30\n", BY_NUMBER, "active", id="order, first"),
        pytest.param("A,2,a,\nA,1,a,2024-03-01 09:30\n", BY_NUMBER, "new", id="order, last"),
        pytest.param("A,one,a,2024-03-01 09:00\nA,2,a,2024-03-01 09:30\n", BY_NUMBER, "active",
                     id="order fails"),
        pytest.param("A,1,a,2030-03-01 09:00\nA,2,a,2024-03-01 09:30\n", BY_NUMBER, "new",
                     id="in the future"),
    ],
)  # fmt: skip
def test_a_case_whose_first_row_is_left_out_starts_in_the_middle(
    desk: Desk, rows: str, plan: str, starts: str
) -> None:
    found = desk.bring(HEADER + rows + "B,create,ann,never\n", plan)
    assert found.incidents_opened == 1
    first = desk.log("A")[0]
    assert (first["state"], first["rule_id"]) == (starts, IMPLIED if starts == "active" else None)
    if starts == "active":
        assert desk.incident("A")["acknowledged_at"] is None


def test_a_row_on_which_an_expression_fails_is_listed_with_its_case(desk: Desk) -> None:
    desk.bring(HEADER + "A,one,ann,2024-03-01 09:00\n", BY_NUMBER)
    assert desk.left_out[0][1:3] == ("A", "expression_fails")


def test_several_zones_in_one_column(desk: Desk) -> None:
    desk.bring(
        HEADER + "A,take,bob,2024-03-01T09:30:00+01:00\nA,create,ann,2024-03-01T08:00:00Z\n"
        "A,resolve,bob,2024-03-01T04:00:00-05:00\n"
    )
    assert desk.course("A") == [
        ("opened", "01 08:00"),
        ("taken", "01 08:30"),
        ("resolved", "01 09:00"),
    ]


def test_two_encodings_in_one_file_are_both_read(desk: Desk) -> None:
    log = HEADER.encode() + "é1,create,ann,2024-03-01 09:00\n".encode()
    log += "é2,create,ann,2024-03-01 09:00\n".encode("windows-1252")
    found = desk.bring(log)
    assert found.rows_imported == 2
    assert found.recoded == 1
    assert desk.incident("é1")["state"] == desk.incident("é2")["state"] == "new"


@pytest.mark.parametrize(
    ("encoding", "setting"),
    [
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("latin-1", "latin-1"),
        ("windows-1252", "windows-1252"),
    ],
)
def test_encodings_by_mark_and_by_map(desk: Desk, encoding: str, setting: str) -> None:
    plan = ACTIVITIES + (f"read: {{encoding: {setting}}}\n" if setting else "")
    desk.bring((HEADER + "Ä,create,ann,2024-03-01 09:00\n").encode(encoding), plan)
    assert desk.incident("Ä")["state"] == "new"


def test_a_row_that_is_not_of_the_encoding_given_is_listed(desk: Desk) -> None:
    log = HEADER.encode() + CREATED.encode() + b"\xe9,create,ann,2024-03-01 09:00\n"
    desk.bring(log, ACTIVITIES + "read: {encoding: utf-8}\n")
    assert desk.reasons() == [(3, "not_of_the_encoding")]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_found(desk: Desk, separator: str) -> None:
    assert desk.bring((HEADER + CREATED).replace(",", separator)).rows_imported == 1


def test_a_compressed_file_is_read_whatever_its_name(desk: Desk) -> None:
    assert desk.bring(gzip.compress((HEADER + CREATED).encode())).rows_imported == 1


def test_repeats_of_a_key_are_listed(desk: Desk) -> None:
    row = "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
    found = desk.bring(SNAPSHOT_HEADER + row + row.replace("Desk", "Lab"), SNAPSHOTS)
    assert found.rejected == {"repeat": 1}
    assert desk.left_out[0][3] == "It repeats line 2."


def test_equal_rows_without_a_key_are_two(desk: Desk) -> None:
    call = "A,call,ann,2024-03-01 10:00\n"
    found = desk.bring(HEADER + CREATED + call + call)
    assert (found.rows_imported, found.rows_rejected) == (3, 0)
    assert len(desk.course("A")) == 3


def test_a_case_that_closes_before_it_opens_is_left_out_whole(desk: Desk) -> None:
    found = desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,1/2/2024 9:00,Resolved,Desk,?,?,0,?\n"
        + "I2,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert found.rejected == {"ends_before_it_opens": 2}
    assert found.incidents_opened == 1


def test_an_end_before_the_opening_activity_too(desk: Desk) -> None:
    plan = ACTIVITIES.replace("once: first}", "when: \"activity = 'create'\"}")
    desk.bring(HEADER + "A,close,bob,2024-02-01 09:00\n" + CREATED, plan)
    assert desk.reasons() == [(2, "ends_before_it_opens"), (3, "ends_before_it_opens")]


@pytest.mark.parametrize("state", [False, True])
def test_an_end_before_the_opening_is_one_in_the_order_of_the_file_too(
    desk: Desk, state: bool
) -> None:
    plan = ACTIVITIES + "order: line\n"
    if state:
        plan = plan[: plan.index("rows:")] + "set: {state: activity}\norder: line\n"
        plan += "states: {create: new, take: active, close: closed}\n"
    late = "A,create,ann,2024-03-05 09:00\nA,close,bob,2024-03-01 09:00\n"
    found = desk.bring(HEADER + late + "A,take,bob,2024-03-06 09:00\n", plan)
    assert found.rejected == {"ends_before_it_opens": 3}


def test_an_end_that_lies_behind_the_opening_makes_up_for_one_before(desk: Desk) -> None:
    rows = "A,create,ann,2024-03-05 09:00\nA,close,bob,2024-03-01 09:00\n"
    desk.bring(HEADER + rows + "A,close,bob,2024-03-06 09:00\n", ACTIVITIES + "order: line\n")
    assert desk.incident("A")["state"] == "closed"


def test_an_empty_file_is_refused(desk: Desk) -> None:
    with pytest.raises(ImportFileError, match="has no header"):
        desk.bring("")


def test_a_header_alone_is_an_import_of_nothing(desk: Desk) -> None:
    found = desk.bring(HEADER)
    assert (found.rows_read, found.import_id) == (0, None)


def test_ragged_rows_are_listed_as_they_are(desk: Desk) -> None:
    desk.bring(HEADER + "A,create\n" + CREATED + "A,take,bob,2024-03-01 09:30,more\n\n")
    assert desk.left_out == [
        (2, None, "ragged_row", "It has 2 of 4 cells.", "A,create"),
        (4, None, "ragged_row", "It has 5 of 4 cells.", "A,take,bob,2024-03-01 09:30,more"),
    ]


@pytest.mark.parametrize(
    "opens",
    [
        pytest.param('"B,create,ann,2024-03-01 09:00', id="first column"),
        pytest.param('B,create,"ann,2024-03-01 09:00', id="middle column"),
        pytest.param('B,create,ann,"2024-03-01 09:00', id="last column"),
    ],
)
@pytest.mark.parametrize("later", ["", 'D,create,"ann",2024-03-01 09:00\n'])
def test_a_quote_that_is_never_closed_costs_its_own_row_alone(
    desk: Desk, opens: str, later: str
) -> None:
    found = desk.bring(HEADER + CREATED + f"{opens}\nC,create,ann,2024-03-01 09:00\n\n" + later)
    detail = "A quote is opened in it and not closed."
    assert desk.left_out == [(3, None, "unreadable_row", detail, opens)]
    assert found.rows_imported == 2 + bool(later)
    lines = [desk.log(case)[0]["source_row"].partition(":")[0] for case in ("A", "C")]
    assert lines == ["2", "4"]


def test_rows_behind_an_open_quote_are_judged_as_any_other(desk: Desk) -> None:
    desk.bring(HEADER + 'A,create,ann,"2024\nB\0,create,ann,2024-03-01 09:00\n' + CREATED)
    assert desk.reasons() == [(2, "unreadable_row"), (3, "nul_byte")]


def test_a_mark_of_a_row_that_is_none_is_not_the_next_ones(desk: Desk) -> None:
    desk.bring(HEADER + "B\0,create\n" + CREATED)
    assert desk.reasons() == [(2, "ragged_row")]


def test_text_behind_a_closing_quote_belongs_to_its_cell(desk: Desk) -> None:
    desk.bring(HEADER + '"A"1,create,ann,2024-03-01 09:00\n')
    assert desk.incident("A1")["state"] == "new"


def test_many_open_quotes_are_read_in_one_pass(desk: Desk) -> None:
    """Each of these lines could close the quote of the line before, and open one again."""
    log = HEADER + 'B,5",5","x\n' * 20_000
    assert desk.bring(log).rejected == {"unreadable_row": 20_000}


def test_a_cell_that_is_too_long_is_listed(desk: Desk) -> None:
    log = HEADER + CREATED + "B" * (LONGEST_CELL + 1) + ",create,ann,2024-03-01 09:00\n"
    assert desk.bring(log + CREATED).rows_imported == 2
    detail = f"field larger than field limit ({LONGEST_CELL})"
    assert desk.left_out == [(3, None, "unreadable_row", detail, "")]


@pytest.mark.parametrize("header", ["x" * (LONGEST_CELL + 1) + ",y\n", 'ticket,"at\n'])
def test_a_header_that_cannot_be_read_is_refused(desk: Desk, header: str) -> None:
    with pytest.raises(ImportFileError, match=r"The header of log\.csv cannot be read: "):
        desk.bring(header + CREATED)


def test_a_line_break_within_quotes_is_no_row(desk: Desk) -> None:
    desk.bring(HEADER + '"A\nB",create,ann,2024-03-01 09:00\nC,create,ann,nope\n')
    assert desk.incident("A\nB")["state"] == "new"
    assert desk.reasons() == [(4, "time_not_understood")]


def test_nul_bytes_are_listed(desk: Desk) -> None:
    desk.bring(HEADER + CREATED + "B\0,create,ann,2024-03-01 09:00\n")
    assert desk.reasons() == [(3, "nul_byte")]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("9999-12-31 23:59", "time_in_the_future"),
        ("2026-06-02 00:00", "time_in_the_future"),
        ("0001-01-01 00:00", "time_out_of_range"),
        ("294000-01-01 00:00", "time_in_the_future"),
        ("infinity", "time_not_understood"),
        ("epoch", "time_not_understood"),
        ("today", "time_not_understood"),
        ("20240302T100000Z", "time_not_understood"),
        ("2024-W10-1", "time_not_understood"),
        ("2024-02-30 09:00", "time_not_understood"),
        ("", "no_time"),
    ],
)
def test_dates_beyond_every_calendar_are_listed(desk: Desk, at: str, reason: str) -> None:
    found = desk.bring(HEADER + f"A,create,ann,{at}\n")
    assert found.rejected == {reason: 1}
    assert desk.count() == 0


def test_an_hour_that_is_skipped_or_comes_twice_can_be_refused(desk: Desk) -> None:
    plan = ACTIVITIES + "read: {zone: America/New_York, ambiguous: reject, nonexistent: reject}\n"
    desk.bring(
        HEADER + "A,create,ann,2024-03-10 02:30\nB,create,ann,2024-11-03 01:30\n" + CREATED, plan
    )
    assert desk.reasons() == [(2, "time_at_clock_change"), (3, "time_at_clock_change")]


def test_a_row_without_a_case_is_listed(desk: Desk) -> None:
    desk.bring(HEADER + " ,create,ann,2024-03-01 09:00\n")
    assert desk.reasons() == [(2, "no_case")]


def test_an_expression_that_fails_fails_its_row_alone_and_is_named(desk: Desk) -> None:
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,many,?\n"
        + "I2,zero,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I3,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n",
        SNAPSHOTS,
    )
    assert [(row[0], row[2], row[3]) for row in desk.left_out] == [
        (2, "expression_fails", "rows[1].delta fails on it."),
        (3, "expression_fails", "order[0] fails on it."),
    ]
    assert desk.count() == 1


def test_an_expression_that_stands_twice_fails_its_row_alone_too(desk: Desk) -> None:
    """DuckDB would evaluate it once, before `try`."""
    plan = ACTIVITIES + "set: {type: who::int, team: who::int}\n"
    found = desk.bring(HEADER + "A,create,ann,2024-03-01\nB,create,1,2024-03-01\n", plan)
    assert (found.rows_imported, found.rejected) == (1, {"expression_fails": 1})


@pytest.mark.parametrize("delta", ["who::double", "who", "who::decimal(5, 2)", "0.5"])
def test_a_count_that_is_not_whole_fails_its_row(desk: Desk, delta: str) -> None:
    plan = ACTIVITIES + f"- {{action: reassigned, delta: '{delta}'}}\n"
    found = desk.bring(HEADER + CREATED.replace("ann", "1.5"), plan)
    assert found.rejected == {"expression_fails": 1}
    assert desk.left_out[0][3] == "rows[6].delta fails on it."
    if "who" in delta:
        assert desk.bring(HEADER + CREATED.replace("ann", "2.0"), plan).rows_imported == 1


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("priority: P9", "unknown_priority"), ("severity: dire", "unknown_severity"),
     ("class: thing", "unknown_class")],
)  # fmt: skip
def test_words_that_are_none_of_ours_are_listed(desk: Desk, cell: str, reason: str) -> None:
    key, word = cell.split(": ")
    found = desk.bring(HEADER + CREATED, ACTIVITIES + f"set: {{{key}: \"'{word}'\"}}\n")
    assert found.rejected == {reason: 1}


@pytest.mark.parametrize("minutes", ["-5", "1441", "'nan'::double"])
def test_minutes_that_cannot_be_are_listed(desk: Desk, minutes: str) -> None:
    work = f'- {{action: worked, minutes: "{minutes}"}}\n'
    found = desk.bring(HEADER + CREATED, ACTIVITIES + work)
    assert found.rejected == {"minutes_out_of_range": 1}


def test_a_counter_that_cannot_be_is_listed(desk: Desk) -> None:
    count = "- {action: reassigned, delta: 10000000000}\n"
    assert desk.bring(HEADER + CREATED, ACTIVITIES + count).rejected == {"counter_out_of_range": 1}


def test_nul_bytes_of_a_typed_file_are_listed(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "typed.parquet"
    duckdb.sql(
        "select ticket, 'create' as activity, 'ann' as who, timestamp '2024-03-01 09:00' as at"
        " from (values ('A'), ('B' || chr(0))) as tickets (ticket)"
    ).write_parquet(str(file))
    found = desk.bring(file.read_bytes())
    assert (found.rows_read, found.rows_imported) == (2, 1)
    assert desk.reasons() == [(2, "nul_byte")]


def parquet() -> bytes:
    with TemporaryDirectory() as folder:
        duckdb.sql("select range as ticket from range(9999)").write_parquet(f"{folder}/a.parquet")
        return Path(folder, "a.parquet").read_bytes()


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(b"PAR1 and no more", id="parquet"),
        pytest.param(parquet()[:-9], id="cut parquet"),
        pytest.param(parquet()[:99] + b"PAR1", id="parquet with a hole"),
        pytest.param(gzip.compress(b"a,b\n1,2\n" * 999)[:-9], id="gzip"),
    ],
)
def test_a_damaged_file_is_refused(desk: Desk, damaged: bytes) -> None:
    with pytest.raises(ImportFileError, match=r"log\.csv cannot be read") as caught:
        desk.bring(damaged)
    assert caught.value.remedy
    with pytest.raises(ImportFileError, match=r"log\.csv cannot be read"):
        guess_map(desk.folder / "log.csv", NOW)


def test_an_archive_or_a_workbook_is_refused(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("log.csv", HEADER + CREATED)
    with pytest.raises(ImportFileError, match="is an archive or a workbook"):
        desk.bring(packed.getvalue())


def test_a_folder_is_no_file(desk: Desk) -> None:
    (desk.folder / "log").mkdir()
    with pytest.raises(ImportFileError, match="log is no file"):
        guess_map(desk.folder / "log", NOW)


def test_columns_may_be_called_as_anything_here(desk: Desk) -> None:
    """Even as what the rows go through on their way."""
    names = "line,rows,rejects,judged,case_key,reason,detail,content,prev,at,case,select"
    log = f"{names}\n1,2,3,4,5,6,7,8,9,2024-03-01 09:00,A,b\n1,2,3,4,5,6,7,8,9,never,A,b\n"
    plan = "case: case\nat: at\nset: {team: line, type: select, person: prev_2}\norder: [line]\n"
    found = desk.bring(log, plan)
    assert (found.rows_imported, found.rows_rejected) == (1, 1)
    assert desk.left_out[0][4] == "1,2,3,4,5,6,7,8,9,never,A,b"
    assert (desk.incident("A")["team"], desk.incident("A")["type"]) == ("1", "b")


def test_columns_of_the_same_name_or_none(desk: Desk) -> None:
    plan = ACTIVITIES.replace("at: at", "at: AT_2")
    log = "ticket,activity,who,at,At,\nA,create,ann,x,2024-03-01 09:00,\n"
    assert desk.bring(log, plan).rows_imported == 1


def test_every_fault_of_a_map_is_named_with_its_line(desk: Desk) -> None:
    plan = """\
source: desk
case: tickte
at: "upper("
let: {late: "prev.at"}
set: {team: count(*), person: "who), (at"}
rows:
- {action: taken, when: "activity = prev.activty"}
- {action: resolved, at: "1.5"}
- {action: commented, when: "(select true)"}
"""
    with pytest.raises(ConfigError) as caught:
        desk.bring(HEADER + CREATED, plan)
    faults = [fault.split(". ")[0] for fault in caught.value.faults]
    assert faults == [
        "map.yml:4 let.late: The row before is not known here",
        "map.yml:2 case: There is no column 'tickte'",
        'map.yml:3 at: It cannot be used: syntax error at or near "as"',
        "map.yml:5 set.team: It looks at many rows",
        'map.yml:5 set.person: It cannot be used: syntax error at or near ")"',
        "map.yml:7 rows[0].when: There is no column 'activty'",
        "map.yml:8 rows[1].at: It gives DECIMAL(2,1), which is no time",
        "map.yml:9 rows[2].when: It cannot be used: TRY can not be used in combination with a "
        "scalar subquery",
    ]
    assert "Did you mean 'ticket'?" in caught.value.faults[1]


def test_a_column_that_is_called_as_a_word_of_sql_and_is_not_there(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.bring("ticket,activity,who,when_at\n", ACTIVITIES.replace("at: at", "at: when"))
    assert caught.value.faults == (
        "map.yml:3 at: There is no column 'when'. Did you mean 'when_at'? Columns: ticket, "
        "activity, who, when_at.",
    )


def test_a_format_of_times_that_is_none_is_a_fault_of_the_map(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.bring(HEADER, ACTIVITIES + 'read:\n  time:\n  - "%d/%m/%Y"\n  - "%Q"\n')
    assert caught.value.faults == (
        "map.yml:15 read.time: '%Q' is no format of a time. Write one as for `strptime`, such as "
        "`%d/%m/%Y %H:%M`.",
    )


def test_a_map_that_says_no_time_names_its_file(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.bring(HEADER + "A,create,ann,?\n", ACTIVITIES.replace("at: at\n", ""))
    assert caught.value.faults == (
        "map.yml at: It is not said when a row was written. Name the column of each row's own "
        "time.",
    )


@pytest.mark.parametrize(
    "leaf", ["(select content from read_text('/etc/passwd'))", "getenv('HOME')"]
)
def test_a_map_reaches_no_file_and_no_environment(desk: Desk, leaf: str) -> None:
    with pytest.raises(ConfigError):
        desk.bring(HEADER + CREATED, ACTIVITIES + f'set: {{team: "{leaf}"}}\n')


def test_a_million_cases_with_one_event_each_are_as_many_incidents(desk: Desk) -> None:
    """A thousand here; benchmarks/bench_import.py has the rest, with its memory."""
    rows = "".join(f"{number},create,ann,2024-03-01 09:00\n" for number in range(1_000))
    assert desk.bring(HEADER + rows).incidents_opened == 1_000


def test_a_time_of_now_is_not_in_the_future(desk: Desk) -> None:
    now = datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert desk.bring(HEADER + CREATED, now=now).rows_imported == 1
