"""A file is read whatever its encoding, separator or packing, or refused with what is wrong."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from opsloop.importing.reading import LONGEST_CELL, ImportFileError
from opsloop.service.importing.guessing import guess_map
from tests.integration.imported import ACTIVITIES, CREATED, HEADER, NOW, Desk


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


def test_an_empty_file_is_refused(desk: Desk) -> None:
    with pytest.raises(ImportFileError, match="has no header"):
        desk.bring("")


def test_a_header_alone_is_an_import_of_nothing(desk: Desk) -> None:
    found = desk.bring(HEADER)
    assert (found.rows_read, found.import_id) == (0, None)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("x" * (LONGEST_CELL + 1) + ",y\n", id="too long a name"),
        pytest.param(f"{'x' * LONGEST_CELL},{'y' * LONGEST_CELL}\n", id="too long names"),
        pytest.param('ticket,"at\n', id="open quote"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(desk: Desk, header: str) -> None:
    with pytest.raises(ImportFileError, match=r"The header of log\.csv cannot be read: "):
        desk.bring(header + CREATED)


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
