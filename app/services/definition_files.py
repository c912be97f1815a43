"""Definitions in files: looked over without a database."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app import strict_yaml
from app.domain.passports import PASSPORT, SERIES, LintFindings, lint_document
from app.domain.payloads import Faults, Payload
from app.domain.rules.catalogue_documents import read_catalogue
from app.domain.rules.facts import Catalogue
from app.errors import InvalidPayloadError, MalformedBodyError

FOUND, UNREADABLE = 1, 2

_LOOKED_UP = frozenset({"unknown_reference", "no_route", "no_in_person_route", "no_online_route"})


def lint_files(files: Sequence[Path], catalogue: Path | None) -> tuple[int, list[str]]:
    """Return the exit code (0 clean, 1 findings, 2 unreadable) and what to print.

    Without a catalogue, what would have to be looked up in one is not reported. A catalogue that cannot
    be read, or holds what breaks a rule, is reported alone.
    """
    known = Catalogue({}, {}, {})
    try:
        if catalogue is not None:
            known = _catalogue(catalogue)
    except MalformedBodyError as error:
        return UNREADABLE, [f"{catalogue}: unreadable: {error}"]
    except InvalidPayloadError as error:
        return UNREADABLE, [
            f"{catalogue} {each.pointer}: {each.code}: {each.detail}" for each in error.faults
        ]
    worst = 0
    lines: list[str] = []
    for file in files:
        try:
            document = _read(file)
            passport = _passport(document.value)
        except MalformedBodyError as error:
            worst, lines = UNREADABLE, [*lines, f"{file}: unreadable: {error}"]
            continue
        found = lint_document(passport, known)
        shown = list(_lines(file, found, document.lines, offline=catalogue is None))
        lines += shown or [f"{file}: fine"]
        worst = max(worst, FOUND if shown else 0)
    return worst, lines


def _read(file: Path) -> strict_yaml.Document:
    """Return the document in a file; raises `MalformedBodyError`, also when it cannot be opened."""
    try:
        return strict_yaml.loads(file.read_bytes())
    except OSError as error:
        raise MalformedBodyError(error.strerror or str(error)) from error


def _catalogue(file: Path) -> Catalogue:
    """Return the catalogue in a file; raises as `_read`, and `InvalidPayloadError`."""
    body = Payload(_read(file).value, "", Faults())
    known = read_catalogue(body)
    body.faults.raise_if_any(InvalidPayloadError, "The catalogue breaks a rule.")
    return known


def _passport(document: Any) -> Mapping[str, Any]:  # noqa: ANN401 (whatever a file holds)
    """Return the document; raises `MalformedBodyError` when it is neither a passport nor a series."""
    if isinstance(document, Mapping) and document.get("kind", PASSPORT) in (PASSPORT, SERIES):
        return document
    raise MalformedBodyError(
        "This is neither a passport nor a series; `passports plan` reads all definitions."
    )


def _lines(file: Path, found: LintFindings, places: dict[str, int], *, offline: bool) -> Iterator[str]:
    for sort, findings in (("error", found.faults), ("warning", found.warnings)):
        for each in findings:
            if offline and found.definition is not None and each.code in _LOOKED_UP:
                continue
            line = places.get(each.pointer)
            where = f"{file}:{line}" if line else f"{file} {each.pointer}"
            hint = f" {each.hint}" if each.hint else ""
            yield f"{where}: {sort} {each.code}: {each.detail}{hint}"
