"""Passports and series: a rule, what is decided around it, and the way from draft to published version."""

from app.domain.passports.normal import normalise
from app.domain.passports.publishing import (
    ANY_DAY,
    LintFindings,
    LintReport,
    Occasion,
    lint_document,
    lint_rest,
    load_published,
    prerequisites_of,
    publish,
    read_definition,
    renewed_by,
    rule_digest,
    taken_key,
)
from app.domain.passports.reading import (
    ACHIEVEMENT_TYPES,
    EXTENSION,
    MAX_APPROVERS,
    MAX_CREDITS,
    MAX_GATE_LEAVES,
    SEMVER,
    SERIES,
    read_passport,
)
from app.domain.passports.series import FIRST_VERSION, MAX_MEMBERS, read_series
from app.domain.rules.definition import PassportDefinition

__all__ = [
    "ACHIEVEMENT_TYPES",
    "ANY_DAY",
    "EXTENSION",
    "FIRST_VERSION",
    "MAX_APPROVERS",
    "MAX_CREDITS",
    "MAX_GATE_LEAVES",
    "MAX_MEMBERS",
    "SEMVER",
    "SERIES",
    "LintFindings",
    "LintReport",
    "Occasion",
    "PassportDefinition",
    "lint_document",
    "lint_rest",
    "load_published",
    "normalise",
    "prerequisites_of",
    "publish",
    "read_definition",
    "read_passport",
    "read_series",
    "renewed_by",
    "rule_digest",
    "taken_key",
]
