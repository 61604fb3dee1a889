"""Statements about some incidents, made once: about one of them they cost no expansion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


class Among:
    """What is selected of some incidents.

    An action names one incident and asks several such statements; writing out the list of numbers
    would cost it more than the store's own work.

    Args:
        statement: of all incidents.
        number: its column with the incident's number.
    """

    def __init__(self, statement: sa.Select[Any], number: sa.ColumnElement[int]) -> None:
        self._of_one = statement.where(number == sa.bindparam("number"))
        self._of_several = statement.where(number.in_(sa.bindparam("numbers", expanding=True)))

    def rows(self, connection: sa.Connection, numbers: Sequence[int]) -> sa.Result[Any]:
        """Return the rows of these incidents."""
        if len(numbers) == 1:
            return connection.execute(self._of_one, {"number": numbers[0]})
        return connection.execute(self._of_several, {"numbers": numbers})
