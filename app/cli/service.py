"""The service behind a command: the configured database and the deployment's facts."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.cli.failures import expected
from app.database import read_transaction, transaction
from app.main import make_site, open_database, utc_now
from app.services import verification
from app.services.sites import Site
from app.settings import Settings, load_settings
from app.signing.verify import Report


@contextmanager
def configured_service() -> Iterator[tuple[Session, Site]]:
    """Give a transaction on the configured database, and the deployment's facts."""
    with expected():
        settings = load_settings()
        site = make_site(settings)
        with configured_database(settings) as engine, transaction(engine) as session:
            yield session, site


@contextmanager
def configured_database(settings: Settings) -> Iterator[Engine]:
    """Give the configured database, and close its connections afterwards."""
    engine = open_database(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def configured_verifier(settings: Settings) -> Iterator[Callable[[bytes, str | None], Report]]:
    """Give a function that verifies a file (its bytes, the recipient's e-mail) as this service would."""
    with (
        closing(make_site(settings)) as site,
        configured_database(settings) as engine,
        read_transaction(engine) as session,
    ):
        yield lambda data, recipient: verification.verify_bytes(
            session, data, site=site, now=utc_now(), recipient=recipient
        )[1]
