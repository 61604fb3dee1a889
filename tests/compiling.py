"""Let the stores of a test process share what SQLAlchemy made of their statements.

Every engine compiles a statement when it first meets it. A program opens one store and is done with
it; here each test opens its own, and compiled the same hundreds of statements anew: a third of the
time of the tests on stores.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import LRUCache

STATEMENTS = 4_000


class Compiled(LRUCache[Any, Any]):
    """Statements by the kind of engine they were compiled for, whichever engine it was."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_of_kind(key), value)


def share_compiled_statements(patch: pytest.MonkeyPatch) -> None:
    """Give every engine that is made from now on the same cache, by SQLAlchemy's own option."""
    compiled = Compiled(STATEMENTS)
    create_engine = sa.create_engine

    def create(*args: Any, **options: Any) -> sa.Engine:
        engine = create_engine(*args, **options)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    patch.setattr(sa, "create_engine", create)


def _of_kind(key: Any) -> Any:
    dialect, *statement = key
    return (type(dialect), *statement)
