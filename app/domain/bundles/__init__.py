"""Bundles: everything that administrators script, in files, and what it would change."""

from app.domain.bundles.changes import Change, Difference, Op, differences
from app.domain.bundles.findings import Finding, Place, Severity
from app.domain.bundles.kinds import KINDS, BundleKind, Named
from app.domain.bundles.reading import Bundle, Entry, read_bundle

__all__ = [
    "KINDS",
    "Bundle",
    "BundleKind",
    "Change",
    "Difference",
    "Entry",
    "Finding",
    "Named",
    "Op",
    "Place",
    "Severity",
    "differences",
    "read_bundle",
]
