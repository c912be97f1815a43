"""Ranges of passport versions: `1.2.0`, or comparators that all hold, such as `>=1.0.0 <3`."""

import re
from dataclasses import dataclass

_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
COMPARATOR = re.compile(
    rf"(?P<sign>>=|<=|>|<|=)?(?P<version>{_NUMBER}(?:\.{_NUMBER}){{0,2}}(?:-[0-9A-Za-z.-]{{1,60}})?)",
    re.ASCII,
)
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class VersionRange:
    """What a version has to satisfy, kept as written. Raises `ValueError` for what is not a range."""

    text: str

    def __post_init__(self) -> None:
        parts = self.text.split()
        if not parts or len(self.text) > MAX_LENGTH or not all(COMPARATOR.fullmatch(part) for part in parts):
            raise ValueError(f"{self.text[:40]!r} is not a range of versions such as >=1.0.0 <3")

    def holds(self, version: str) -> bool:
        """Tell whether `version` is in the range; what is no version is not."""
        match = COMPARATOR.fullmatch(version)
        if match is None or match["sign"]:
            return False
        return all(_holds(part, _rank(version)) for part in self.text.split())


def _holds(comparator: str, rank: "_Rank") -> bool:
    match = COMPARATOR.fullmatch(comparator)
    assert match is not None  # the range was checked when it was made
    bound = _rank(match["version"])
    match match["sign"]:
        case ">=":
            return rank >= bound
        case ">":
            return rank > bound
        case "<=":
            return rank <= bound
        case "<":
            return rank < bound
        case _:
            return rank == bound


_Rank = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]


def _rank(version: str) -> _Rank:
    """Return what orders versions as Semantic Versioning 2.0.0, 11 does; missing numbers are zero."""
    numbers, _, label = version.partition("-")
    parts = [int(part) for part in numbers.split(".")]
    labels = tuple(
        (not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in label.split(".") if label
    )
    return (*parts, *[0] * (3 - len(parts))), not label, labels
