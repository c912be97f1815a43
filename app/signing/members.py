"""Members of a JSON-LD object that may have no value, one, or an array of several."""

from typing import Any


def listed(value: object) -> list[Any]:
    """Return the values of a member that may have none, one or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects among the values of a member."""
    return [item for item in listed(value) if isinstance(item, dict)]
