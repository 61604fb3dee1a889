"""Reading the serving copy: a DuckDB file that never changes, named by a pointer that does.

A publish writes a new file and then replaces the pointer, so a reader keeps its file for as long as
it likes and sees the next one when it looks at the pointer again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from opsloop.errors import WarehouseError

if TYPE_CHECKING:
    import pyarrow as pa

POINTER = "current"
KEPT = 3  # files on disk, the present one included
LONGEST_PUBLISH_S = 3600.0  # what is unfinished for longer was killed
KEPT_ANSWERS = 256  # of the last questions to a file, for a page asks most of them again
LONGEST_KEPT = 1_000  # rows of an answer
KEPT_OPEN = 2  # files: the present one, and the one before for pages that are still being drawn


@dataclass(frozen=True, slots=True)
class Published:
    """What a serving copy holds: the log of one store up to `seq`, as of `data_through` (UTC)."""

    store_id: str
    lineage: str
    seq: int
    published_at: datetime
    data_through: datetime | None


class ServingCopy:
    """One published file, open for reading. It never changes, so answers may be remembered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._answers: OrderedDict[tuple[str, str], list[dict[str, Any]]] = OrderedDict()
        self._answering = threading.Lock()
        self._connection = duckdb.connect(
            str(path), read_only=True, config={"enable_external_access": "false"}
        )
        row = self.query("select store_id, lineage, seq, published_at, data_through from published")
        self.published = Published(**row[0])

    @property
    def name(self) -> str:
        """The file's name: another publish, another name."""
        return self.path.name

    def has_table(self, name: str) -> bool:
        """Return whether a table was published."""
        sql = "select 1 from information_schema.tables where table_name = ?"
        return bool(self.query(sql, [name]))

    def query(
        self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[dict[str, Any]]:
        """Return the rows of a query, the caller's own; safe to call from several threads.

        Raises:
            WarehouseError: the file lacks what the query asks for.
        """
        question = (sql, repr(params))
        with self._answering:
            answer = self._answers.get(question)
            if answer is not None:
                self._answers.move_to_end(question)
        if answer is None:
            answer = self._ask(sql, params)
            if len(answer) <= LONGEST_KEPT:
                self._remember(question, answer)
        return [dict(row) for row in answer]

    def _remember(self, question: tuple[str, str], answer: list[dict[str, Any]]) -> None:
        with self._answering:
            self._answers[question] = answer
            if len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)

    def _ask(self, sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            cursor = self._connection.cursor().execute(sql, params)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise unreadable(self.path, error) from error


def open_serving(serving_dir: Path) -> ServingCopy | None:
    """Return the serving copy that the pointer names; None before the first publish.

    Raises:
        WarehouseError: the pointer or its file is damaged.
    """
    pointer = serving_dir / POINTER
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    if not name or Path(name).name != name:
        raise WarehouseError(f"{pointer} names no file.", "Run `opsloop publish`.")
    return _open(serving_dir / name)


def unreadable(path: Path, error: Exception) -> WarehouseError:
    """Return what to tell about a serving copy that cannot be read."""
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    return WarehouseError(
        f"The serving copy {path.name} cannot be read: {first_line}", "Run `opsloop publish`."
    )


@lru_cache(maxsize=KEPT_OPEN)
def _open(path: Path) -> ServingCopy:
    try:
        return ServingCopy(path)
    except (duckdb.Error, IndexError) as error:
        raise unreadable(path, error) from error


def replace_serving(
    serving_dir: Path, published: Published, tables: Iterable[tuple[str, pa.Table]]
) -> Path:
    """Write a serving copy, point to it, and drop all but the last `KEPT` files.

    Args:
        published: what to say of it; its `seq` begins the file's name.
        tables: name and contents, one at a time.

    Returns:
        The new file.
    """
    serving_dir.mkdir(parents=True, exist_ok=True)
    path = serving_dir / f"{published.seq:012d}-{published.published_at:%Y%m%dT%H%M%S%f}.duckdb"
    unfinished = path.with_suffix(".part")
    for left_over in serving_dir.glob(f"{unfinished.name}*"):  # its write-ahead log too
        left_over.unlink(missing_ok=True)
    with duckdb.connect(str(unfinished)) as connection:
        for name, contents in tables:
            connection.register("contents", contents)
            connection.execute(f'create table "{name}" as select * from contents')
            connection.unregister("contents")
        connection.execute(
            """create table published as select ? as store_id, ? as lineage, ?::bigint as seq,
            ?::timestamp as published_at, ?::timestamp as data_through""",
            list(astuple(published)),
        )
    unfinished.replace(path)
    pointer = serving_dir / POINTER
    following = path.with_suffix(".pointer.part")
    following.write_text(path.name, encoding="utf-8")
    following.replace(pointer)
    _drop_old(serving_dir, path)
    return path


def _drop_old(serving_dir: Path, current: Path) -> None:
    older = sorted(serving_dir.glob("*.duckdb"), key=lambda path: path.stat().st_mtime_ns)
    for path in [one for one in older if one != current][: -(KEPT - 1)]:
        path.unlink(missing_ok=True)
    killed_before = time.time() - LONGEST_PUBLISH_S
    for unfinished in serving_dir.glob("*.part*"):
        with suppress(FileNotFoundError):  # another publish has just finished it
            if unfinished.stat().st_mtime < killed_before:
                unfinished.unlink()
