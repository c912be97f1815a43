"""Readiness: the schema is there, the database answers and the signing key opens."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.database import head_revision, make_engine
from app.encryption import new_encryption_key, read_encryption_key
from app.errors import BusyError, ConfigurationError, SchemaBehindError
from app.services.health import check_ready
from app.services.issuers import IssuerProfile, create_issuer
from app.services.keys import load_active_key
from app.services.sites import Site
from app.signing.keys import Ed25519Signer
from tests.ledgers import NOW, SITE

PROFILE = IssuerProfile(name="Community", url="https://community.example.org")


def test_an_empty_service_is_ready(session: Session, engine: Engine) -> None:
    check_ready(session, engine, SITE)


def test_a_service_whose_key_opens_is_ready(session: Session, engine: Engine) -> None:
    create_issuer(session, "community", PROFILE, site=SITE, now=NOW)
    session.commit()
    check_ready(session, engine, SITE)


def test_another_encryption_key_is_noticed(session: Session, engine: Engine) -> None:
    create_issuer(session, "community", PROFILE, site=SITE, now=NOW)
    session.commit()
    other = Site(SITE.public_url, read_encryption_key(new_encryption_key()))
    with pytest.raises(ConfigurationError, match="does not open with PASSPORTS_ENCRYPTION_KEY"):
        check_ready(session, engine, other)


def test_a_public_half_that_does_not_fit_is_noticed(session: Session, engine: Engine) -> None:
    issuer = create_issuer(session, "community", PROFILE, site=SITE, now=NOW)
    load_active_key(session, issuer.id).public_jwk = Ed25519Signer.generate().public_key.jwk
    session.commit()
    with pytest.raises(ConfigurationError, match="does not fit its public half"):
        check_ready(session, engine, SITE)


def test_a_schema_that_is_behind_is_noticed(session: Session, engine: Engine) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    try:
        with pytest.raises(SchemaBehindError, match="at revision 0000"):
            check_ready(session, engine, SITE)
    finally:  # the PostgreSQL database is used again
        head = head_revision()
        session.rollback()
        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
        session.commit()


def test_a_database_that_does_not_answer_is_no_failure_of_ours(tmp_path: Path) -> None:
    (tmp_path / "gone.sqlite3").mkdir()
    gone = make_engine(f"sqlite:///{tmp_path}/gone.sqlite3")
    with Session(gone) as session, pytest.raises(BusyError, match="does not answer"):
        check_ready(session, gone, SITE)
    gone.dispose()
