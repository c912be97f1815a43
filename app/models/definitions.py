"""What administrators script: frameworks, rubrics, forms, passports and series, as drafts and versions.

They share one shape, so they share two tables, told apart by `kind`. Content, opportunities, lists of
trusted issuers and crosswalks are definitions too, without versions: what they say now is what holds.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from app.models.ownership import Owned, owned, refers


def _earned(name: str, *columns: str) -> Index:
    """Return an index that keeps passports and series from having one name: they share their addresses."""
    where = text("kind IN ('passport', 'series')")
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class Definition(Owned):
    """The editable draft behind a key; `digest` is its ETag."""

    __tablename__ = "definitions"
    __table_args__ = owned(
        UniqueConstraint("issuer_id", "kind", "key"),
        _earned("ix_definitions_earned", "issuer_id", "key"),
    )

    kind: Mapped[str]
    key: Mapped[str]
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class VersionSelector(Owned):
    """One word of what a passport version looks at in evidence: the index from facts to versions."""

    __tablename__ = "version_selectors"
    __table_args__ = owned(
        refers("version_id", "definition_versions"),
        UniqueConstraint("version_id", "word"),
        Index("ix_version_selectors_word", "issuer_id", "word"),
    )
    __append_only__ = True

    version_id: Mapped[str]
    word: Mapped[str]


class DefinitionVersion(Owned):
    """A published version: what it says never changes, what may be done with it does.

    `public_key` is its name in public URLs, unique on the whole service together with `version`.
    `extras` holds what publishing worked out: a passport's achievement, lint report and rule digest.
    `status` goes from published to deprecated to retired; `retires_at` is when enrolments on a retired
    passport version close.
    """

    __tablename__ = "definition_versions"
    __table_args__ = owned(
        refers("definition_id", "definitions"),
        UniqueConstraint("definition_id", "version"),
        Index("ix_definition_versions_public", "kind", "public_key", "version", unique=True),
        _earned("ix_definition_versions_earned", "public_key", "version"),
    )
    __append_only__ = True
    __may_change__ = frozenset({"status", "retires_at"})

    definition_id: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str]
    version: Mapped[str]
    public_key: Mapped[str]
    document: Mapped[dict[str, Any]]
    digest: Mapped[str]
    extras: Mapped[dict[str, Any]]
    published_by: Mapped[str]
    status: Mapped[str]
    retires_at: Mapped[datetime | None]

    @property
    def lint(self) -> list[dict[str, Any]]:
        """The warnings that publishing kept, if the kind has any."""
        found: list[dict[str, Any]] = self.extras.get("lint", [])
        return found
