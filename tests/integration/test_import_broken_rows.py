"""A line that is no row of the table is listed, and costs no other."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from opsloop.errors import WarehouseError
from opsloop.importing.reading import LONGEST_CELL, LONGEST_ROW
from tests.integration.imported import ACTIVITIES, CREATED, HEADER, Desk


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


@pytest.mark.parametrize(("letters", "size"), [(LONGEST_ROW, 16.1), (LONGEST_CELL, 64.1)])
def test_a_cell_that_is_too_long_is_listed(desk: Desk, letters: int, size: float) -> None:
    log = HEADER + CREATED + "B" * (letters + 1) + ",create,ann,2024-03-01 09:00\n"
    assert desk.bring(log + CREATED).rows_imported == 2
    detail = f"It has {size} MiB, and 16 at most can be read: shorten its texts."
    assert desk.left_out == [(3, None, "row_too_long", detail, "")]


HALF = LONGEST_ROW // 2


@pytest.mark.parametrize(
    ("case", "who", "end", "size"),
    [
        pytest.param("B", "b", ",2024-03-01 09:00", 16.1, id="many cells"),
        pytest.param("ß", "", ",2024-03-01 09:00", 16.1, id="wide letters"),
        pytest.param('5"', "", ",2024-03-01 09:00", 24.1, id="quotes"),
        pytest.param("B", "b", "", 16.1, id="ragged"),
    ],
)
def test_a_row_of_cells_that_are_too_long_together_is_listed(
    desk: Desk, case: str, who: str, end: str, size: float
) -> None:
    row = f"{case * HALF},create,{who * HALF}{end}\n"
    assert desk.bring(HEADER + CREATED + row + CREATED).rows_imported == 2
    detail = f"It has {size} MiB, and 16 at most can be read: shorten its texts."
    assert desk.left_out == [(3, None, "row_too_long", detail, "")]


def test_the_longest_row_is_imported(desk: Desk) -> None:
    fixed = len("A,create,,2024-03-01 09:00\r\n")
    for more, rejected in ((0, {}), (1, {"row_too_long": 1})):
        row = CREATED.replace("ann", "a" * (LONGEST_ROW - fixed + more))
        found = desk.bring(HEADER + row, ACTIVITIES.replace("actor: who\n", ""))
        assert found.rejected == rejected


def test_a_line_that_is_too_long_is_listed_as_such_whatever_its_quotes(desk: Desk) -> None:
    row = f'B,create,"{"b" * LONGEST_ROW},2024-03-01 09:00\n'
    assert desk.bring(HEADER + row + CREATED).rows_imported == 1
    assert desk.reasons() == [(2, "row_too_long")]


def test_a_quoted_cell_that_is_too_long_is_listed_by_its_own_line(desk: Desk) -> None:
    inner = CREATED * (LONGEST_ROW // len(CREATED) + 1)
    opens = f'B,create,"\n{inner}",2024-03-01 09:00\n'
    assert desk.bring(HEADER + opens + CREATED * 2).rows_imported == 2
    detail = "It has 16.1 MiB, and 16 at most can be read: shorten its texts."
    detail += f" It goes on to line {inner.count(CREATED) + 3}: a quote may be open."
    assert desk.left_out == [(2, None, "row_too_long", detail, "")]


def test_more_than_fits_into_memory_is_said_with_what_to_do(desk: Desk) -> None:
    plan = ACTIVITIES + 'title: "repeat(who || line, 60000000)"\n'
    with pytest.raises(WarehouseError, match="too long texts to be worked on in 512MB") as caught:
        desk.bring(HEADER + CREATED * 8, plan)
    assert caught.value.remedy.startswith("Leave columns with long texts out of the file")
    assert desk.count() == 0


def test_a_quote_that_is_closed_far_below_costs_the_rows_between(desk: Desk) -> None:
    between = CREATED * (HALF // len(CREATED) + 1)
    opens = '"B\n' + between + '","x\n' + between + '",ann,2024-03-01 09:00\n'
    found = desk.bring(HEADER + opens + CREATED)
    last = 2 + 2 * (between.count("\n") + 1)
    detail = (
        "It has 16.1 MiB, and 16 at most can be read: shorten its texts."
        f" It goes on to line {last}: a quote may be open."
    )
    assert desk.left_out == [(2, None, "row_too_long", detail, "")]
    assert found.rows_imported == 1


def test_a_quote_that_is_never_closed_costs_its_row_alone_however_much_follows(desk: Desk) -> None:
    row = f"C,create,ann,{'?' * 10_000}\n"
    count = LONGEST_CELL // len(row) + 1
    found = desk.bring(HEADER + '"B,create,ann,2024-03-01 09:00\n' + row * count)
    assert found.rejected == {"unreadable_row": 1, "time_not_understood": count}


def test_a_line_break_within_quotes_is_no_row(desk: Desk) -> None:
    desk.bring(HEADER + '"A\nB",create,ann,2024-03-01 09:00\nC,create,ann,nope\n')
    assert desk.incident("A\nB")["state"] == "new"
    assert desk.reasons() == [(4, "time_not_understood")]


def test_nul_bytes_are_listed(desk: Desk) -> None:
    desk.bring(HEADER + CREATED + "B\0,create,ann,2024-03-01 09:00\n")
    assert desk.reasons() == [(3, "nul_byte")]


def test_nul_bytes_of_a_typed_file_are_listed(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "typed.parquet"
    duckdb.sql(
        "select ticket, 'create' as activity, 'ann' as who, timestamp '2024-03-01 09:00' as at"
        " from (values ('A'), ('B' || chr(0))) as tickets (ticket)"
    ).write_parquet(str(file))
    found = desk.bring(file.read_bytes())
    assert (found.rows_read, found.rows_imported) == (2, 1)
    assert desk.reasons() == [(2, "nul_byte")]
