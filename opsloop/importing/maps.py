"""Reading a map: the whole of it validated at once, every fault with its line, key and remedy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from opsloop.errors import ConfigError
from opsloop.faults import Fault, faults_of
from opsloop.importing.schema import ImportMap, keys_at
from opsloop.words import one_line
from opsloop.yaml_source import YamlSource, read_yaml


def load_map(path: Path) -> tuple[ImportMap, YamlSource]:
    """Return a map and where its parts stand.

    Raises:
        ConfigError: it cannot be read, or says what no map can; names every fault.
    """
    if not path.is_file():
        raise ConfigError(f"There is no map {path}.", remedy="Write one with `--guess FILE`.")
    source = read_yaml(path, path.name)
    if isinstance(source, Fault):
        raise faulty([source])
    try:
        return ImportMap.model_validate(source.data or {}), source
    except ValidationError as error:
        found = faults_of(error, file=path.name, line_of=source.line_of, keys_at=keys_at)
        raise faulty(list(found)) from error


def faulty(faults: Sequence[Fault]) -> ConfigError:
    """Return the error that names all faults of a map."""
    count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
    return ConfigError(f"The map has {count}:", [one_line(str(fault)) for fault in faults])


def body_of(plan: ImportMap) -> str:
    """Return a map as JSON."""
    return json.dumps(plan.model_dump(mode="json", by_alias=True), sort_keys=True, default=str)


def checksum_of(plan: ImportMap) -> str:
    """Return what tells one map from another; a window moves on as its log grows."""
    return hashlib.sha256(body_of(plan.model_copy(update={"window": None})).encode()).hexdigest()
