"""Where commands may write: over nothing that somebody still needs."""

from __future__ import annotations

from pathlib import Path

from opsloop.errors import NotFound, Refused


def require_folder(path: Path) -> None:
    """Refuse a file whose folder there is not."""
    if not path.parent.is_dir():
        raise NotFound(f"There is no folder {path.parent}.", "Make it, or name another.")


def require_place(path: Path, force: bool) -> None:
    """Refuse a file that is there already, unless forced."""
    require_folder(path)
    if path.exists() and not force:
        raise Refused(f"{path} is there already.", "Name another file, or add --force.")


def require_not_read(path: Path, *read: Path) -> None:
    """Refuse to write over a file that the same command reads."""
    for other in read:
        if path.exists() and other.exists() and path.samefile(other):
            raise Refused(f"{path} is what is read here.", "Name another file to write.")
