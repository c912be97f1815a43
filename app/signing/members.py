"""Members of a JSON-LD object that may have no value, one, or an array of several."""

from typing import Any, Final

_CONTAINERS: Final = (dict, list)


def listed(value: object) -> list[Any]:
    """Return the values of a member that may have none, one or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects among the values of a member."""
    return [item for item in listed(value) if isinstance(item, dict)]


def containers(value: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    """Return `value`, an object, and after it every object and array in it, at any depth."""
    found = [value]
    for container in found:  # which grows meanwhile
        members = container.values() if isinstance(container, dict) else container
        found += [member for member in members if isinstance(member, _CONTAINERS)]
    return found
