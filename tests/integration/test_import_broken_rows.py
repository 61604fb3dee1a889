"""A line that is no row of the table is listed, and costs no other."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from opsloop.importing.reading import LONGEST_CELL
from tests.integration.imported import CREATED, HEADER, Desk


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
