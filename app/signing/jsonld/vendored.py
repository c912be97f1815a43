"""The JSON-LD contexts this service knows: files of ours, pinned by SHA-256. Nothing is ever fetched."""

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from app.errors import ConfigurationError

DIRECTORY: Final[Traversable] = resources.files(__name__.rpartition(".")[0]) / "contexts"


def load(directory: Traversable = DIRECTORY) -> Mapping[str, bytes]:
    """Return URL → bytes of every context in the manifest of `directory`.

    Raises `ConfigurationError` when a file is absent or is not the one whose hash the manifest states.
    """
    manifest = json.loads((directory / "manifest.json").read_bytes())
    documents: dict[str, bytes] = {}
    for entry in manifest["contexts"]:
        try:
            content = (directory / entry["file"]).read_bytes()
        except FileNotFoundError as error:
            raise ConfigurationError(f"The JSON-LD context {entry['file']} is missing.") from error
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise ConfigurationError(
                f"The JSON-LD context {entry['file']} differs from the one that is pinned.",
                hint="Every signature depends on these bytes: install the package again.",
            )
        documents[entry["url"]] = content
    return MappingProxyType(documents)


DOCUMENTS: Final = load()
"""URL → the bytes as published; a service with other bytes does not start."""

_VALUES: Final[Mapping[str, Any]] = {
    url: json.loads(content)["@context"] for url, content in DOCUMENTS.items()
}

INTERPRETED_CONTEXTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {url: value for url, value in _VALUES.items() if "@vocab" in value}
)
"""URL → the value of `@context`, of those that the compiler does not understand and the interpreter reads."""

LOCAL_CONTEXTS: Final[Mapping[str, object]] = MappingProxyType(
    {url: value for url, value in _VALUES.items() if url not in INTERPRETED_CONTEXTS}
)
"""URL → the value of `@context`, of all others."""
