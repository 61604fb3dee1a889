"""Logs of other systems, by a map: what its keys are, its SQL, and what becomes of each row.

`schema` and `maps` say what a map may be, `reading` reads text files, `query` makes the SQL that
the workbench runs, `telling`, `acts` and `life` turn a case's rows into rows of the incident log,
and `guess` writes a first map. Only opsloop/service/importing brings them to the store and DuckDB.
"""
