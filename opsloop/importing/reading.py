"""Reading a text file of rows: its encoding, its separator, and the rows that are none.

Streams, so that memory does not grow with the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import IO, NamedTuple, cast

from opsloop.errors import OpsloopError
from opsloop.importing.schema import ReadSettings

BATCH = 20_000  # rows, of at most so many letters together
BATCH_LETTERS = 8 * 2**20
LONGEST_ROW = 16 * 2**20  # bytes of UTF-8, with its separators and quotes
LONGEST_CELL = 4 * LONGEST_ROW  # letters in which a quote must be closed, or it is taken as open
SEPARATORS = ",;\t|"
_SAMPLE_LINES = 50
_HEAD = 64  # bytes by which an encoding is known
_HANDLER = "opsloop_windows_1252"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class ImportFileError(OpsloopError):
    """The file to import cannot be read, or holds no table."""


class Unread(NamedTuple):
    """A row that is none, and why: at which line, a reason, and the details."""

    line: int
    reason: str
    detail: str
    cells: Sequence[str]


@dataclass(slots=True)
class TextTable:
    """A text file's rows, read in batches.

    `recoded` counts the places that were not of the file's encoding and were read as Windows-1252.
    """

    columns: tuple[str, ...]
    separator: str
    batches: Iterator[tuple[list[tuple[object, ...]], list[Unread]]]
    recoded: list[int] = field(default_factory=lambda: [0])


@contextmanager
def text_table(path: Path, settings: ReadSettings) -> Iterator[TextTable]:
    """Open a CSV file, plain or compressed, for a with block.

    Yields:
        The table; a row of its batches is its line and its cells, null for an empty one.

    Raises:
        ImportFileError: it cannot be read, or has no header.
    """
    if _is_archive(path):
        raise ImportFileError(
            f"{path.name} is an archive or a workbook, not a table of texts.",
            "Unpack it, or export it as CSV.",
        )
    csv.field_size_limit(LONGEST_CELL)
    recoded = [0]
    codecs.register_error(_HANDLER, lambda error: _as_windows_1252(error, recoded))
    try:
        with _binary(path) as raw:
            encoding = _encoding(_head(raw), settings.encoding)
            # a file may say nothing of its encoding, or be of two: what is no UTF-8 is Western
            errors = "strict" if settings.encoding else _HANDLER
            if settings.encoding in ("utf-8", "windows-1252"):
                errors = "replace"
            text = io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="")
            lines = _Lines(text)
            separator = settings.separator or _separator(lines.sample())
            rows = _rows(lines, separator)
            columns = _columns(next(rows, []), path)
            yield TextTable(columns, separator, _batches(rows, lines, len(columns)), recoded)
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        raise ImportFileError(f"{path.name} cannot be read: {error}.", "Check the file.") from error


def _is_archive(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(4) == b"PK\x03\x04"


def _binary(path: Path) -> IO[bytes]:
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
    if is_gzip:
        return cast(IO[bytes], io.BufferedReader(cast(io.RawIOBase, gzip.open(path, "rb"))))
    return path.open("rb")


def _head(raw: IO[bytes]) -> bytes:
    return cast(io.BufferedReader, raw).peek(_HEAD)[:_HEAD]


def _encoding(head: bytes, given: str | None) -> str:
    """Return a file's encoding by its mark, else what the map gives, else by its first bytes."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked or given not in (None, "utf-16"):
        return marked or given or ""
    # letters of Western texts have a NUL beside them in UTF-16, behind or before
    before, behind = head[0::2].count(0), head[1::2].count(0)
    if given or (min(before, behind) == 0 and 4 * max(before, behind) > len(head)):
        return "utf-16-be" if before > behind else "utf-16-le"
    return "utf-8"


def _as_windows_1252(error: UnicodeError, recoded: list[int]) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252, or where that has none, as Latin-1."""
    assert isinstance(error, UnicodeDecodeError)
    recoded[0] += 1
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("windows-1252"), error.end
    except UnicodeDecodeError:
        return wrong.decode("latin-1"), error.end


class _Lines:
    """A text's lines for the reader, with those put back that were looked at before.

    Remembers on which lines something stands that no text may hold.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._ahead: deque[str] = deque()
        self._fails_on = 0  # an open quote leads to a fault on this line, wherever it was opened
        self.count = 0
        self.letters = 0  # of all lines that were handed out, again included
        self.taken: list[str] = []  # of the row that is being read
        self.with_nul: list[int] = []
        self.not_decoded: list[int] = []

    def sample(self) -> list[str]:
        """Return the first lines without taking them."""
        self._ahead.extend(line for _, line in zip(range(_SAMPLE_LINES), self._text, strict=False))
        return list(self._ahead)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.count < self._fails_on and self.taken:
            raise StopIteration
        line = self._ahead.popleft() if self._ahead else next(self._text)
        self.count += 1
        self.letters += len(line)
        self.taken.append(line)
        if "\0" in line:
            self.with_nul.append(self.count)
        if "\N{REPLACEMENT CHARACTER}" in line:
            self.not_decoded.append(self.count)
        return line

    def keep_first(self) -> str:
        """Put all lines of the row back but its first, which is returned."""
        first, *others = self.taken
        self._fails_on = max(self._fails_on, self.count)
        self._ahead.extendleft(reversed(others))
        del self.taken[1:]
        self.count -= len(others)
        for marked in (self.with_nul, self.not_decoded):
            while marked and marked[-1] > self.count:
                marked.pop()
        return first


def _rows(lines: _Lines, separator: str) -> Iterator[list[str] | Unread]:
    """Yield the cells of each row, or why it is none.

    A quote that is opened must be closed before a separator or a line's end. One that is not costs
    its own line alone: those behind it are read as rows of their own.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    taken = lines.taken
    while True:
        taken.clear()
        try:
            cells = next(reader, None)
            if cells is None:
                return
        except csv.Error:
            first = lines.keep_first()
            cells = _alone(first, separator)
            if cells is None:
                yield _unread(first, lines.count)
                continue
        yield _too_long(cells, lines) or cells


def _alone(line: str, separator: str) -> list[str] | None:
    """Return the cells of a line with text behind a closing quote; None if it is no row."""
    reader = csv.reader([line, ""], delimiter=separator)
    try:
        cells = next(reader)
    except csv.Error:
        return None
    return cells if reader.line_num == 1 else None


def _unread(line: str, place: int) -> Unread:
    if len(line) > LONGEST_ROW:
        return Unread(place, "row_too_long", _beyond(len(line.encode("utf-8", "replace"))), ())
    detail = "A quote is opened in it and not closed."
    return Unread(place, "unreadable_row", detail, (line.rstrip("\r\n"),))


def _too_long(cells: Sequence[str], lines: _Lines) -> Unread | None:
    """Return why a row has more bytes than the workbench takes; its texts are not kept."""
    if 8 * sum(map(len, lines.taken)) <= LONGEST_ROW:  # a letter has four at most, or is quoted
        return None
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    size = len(text.getvalue().encode("utf-8", "replace"))
    if size <= LONGEST_ROW:
        return None
    first = lines.count - len(lines.taken) + 1
    return Unread(first, "row_too_long", _beyond(size) + _through(first, lines.count), ())


def _beyond(size: int) -> str:
    most = LONGEST_ROW // 2**20
    has = ceil(10 * size / 2**20) / 10
    return f"It has {has} MiB, and {most} at most can be read: shorten its texts."


def _through(first: int, last: int) -> str:
    return f" It goes on to line {last}: a quote may be open." if last > first else ""


def _separator(sample: Sequence[str]) -> str:
    """Return the separator that splits the header and most lines into the same number of cells."""
    whole = sample[:-1] if len(sample) == _SAMPLE_LINES else sample  # the last may be a part

    def score(separator: str) -> tuple[int, int]:
        widths: list[int] = []
        with suppress(csv.Error):  # a cell that is too long is judged where its row is read
            widths.extend(len(row) for row in csv.reader(whole, delimiter=separator) if row)
        if not widths or widths[0] == 1:
            return 0, 0
        return sum(width == widths[0] for width in widths), widths[0]

    return max(SEPARATORS, key=score)


def _columns(header: Sequence[str] | Unread, path: Path) -> tuple[str, ...]:
    """Return the columns' names, each once, whatever its case."""
    if isinstance(header, Unread):
        raise ImportFileError(
            f"The header of {path.name} cannot be read: {header.detail.rstrip('.')}.",
            "Mend its first line, which must name the columns.",
        )
    if not any(name.strip() for name in header):
        raise ImportFileError(
            f"{path.name} has no header: its first line must name the columns.",
            "Add a line with the columns' names.",
        )
    found: dict[str, str] = {}
    taken = {"prev"}  # the row before is called so
    for place, given in enumerate(header, start=1):
        name = base = given.strip().lstrip("_") or f"column_{place}"
        number = 2
        while name.lower() in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name.lower())
        found[name.lower()] = name
    return tuple(found.values())


def _batches(
    rows: Iterator[list[str] | Unread], lines: _Lines, width: int
) -> Iterator[tuple[list[tuple[object, ...]], list[Unread]]]:
    good: list[tuple[object, ...]] = []
    bad: list[Unread] = []
    full = BATCH_LETTERS
    for cells in rows:
        if not cells:  # an empty line is no row
            continue
        first = lines.count - len(lines.taken) + 1
        fault = cells if isinstance(cells, Unread) else _fault(cells, first, width, lines)
        if fault:
            bad.append(fault)
        else:
            good.append((first, *cells))
        if len(good) + len(bad) >= BATCH or lines.letters >= full:
            yield good, bad
            good, bad, full = [], [], lines.letters + BATCH_LETTERS
    yield good, bad


def _fault(cells: Sequence[str], first: int, width: int, lines: _Lines) -> Unread | None:
    last = lines.count
    if len(cells) != width:
        detail = f"It has {len(cells)} of {width} cells.{_through(first, last)}"
        return Unread(first, "ragged_row", detail, cells)
    if _is_among(lines.with_nul, first, last):
        return Unread(first, "nul_byte", "It holds a NUL byte, which is no text.", cells)
    if _is_among(lines.not_decoded, first, last):
        return Unread(first, "not_of_the_encoding", "It is not of the encoding given.", cells)
    return None


def _is_among(marked: list[int], first: int, last: int) -> bool:
    """Return whether a marked line belongs to a row, and forget those up to its end."""
    found = False
    while marked and marked[0] <= last:
        found = marked.pop(0) >= first or found
    return found
