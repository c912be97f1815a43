"""Whether what a published version asks for can still be met: linted again against what there is today."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.passports import lint_document
from app.domain.rules.facts import Catalogue
from app.errors import Fault


def check_version(
    document: Mapping[str, Any], catalogue: Catalogue, *, now: datetime
) -> list[dict[str, Any]]:
    """Return what lint says of a stored normal form at `now`, what makes it impossible (`error`) first.

    Approvals that have ended give no route any more. The catalogue holds what the version pins.
    """
    found = lint_document(document, _open_at(catalogue, now))
    return [
        *(_finding("error", fault) for fault in found.faults),
        *(_finding("warning", fault) for fault in found.warnings),
    ]


def _open_at(catalogue: Catalogue, now: datetime) -> Catalogue:
    content = {
        key: item.with_approvals(
            each for each in item.approvals if each.valid_to is None or each.valid_to > now
        )
        for key, item in catalogue.content.items()
    }
    return replace(catalogue, content=content)


def _finding(severity: str, fault: Fault) -> dict[str, Any]:
    said = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail, "hint": fault.hint}
    return {"severity": severity, **said}
