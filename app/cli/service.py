"""The service behind a command: the configured database and the deployment's facts."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.cli.failures import expected
from app.database import read_transaction, transaction
from app.main import open_service, utc_now
from app.services import verification
from app.services.sites import Site
from app.settings import Settings, load_settings
from app.signing.verify import Report


@contextmanager
def configured_service() -> Iterator[tuple[Session, Site]]:
    """Give a transaction on the configured database, and the deployment's facts."""
    with configured_engine() as (engine, site), transaction(engine) as session:
        yield session, site


@contextmanager
def configured_engine() -> Iterator[tuple[Engine, Site]]:
    """Give the configured database for commands with several transactions, and the deployment's facts."""
    with expected(), _opened(load_settings()) as opened:
        yield opened


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Engine, Site]]:
    """Open the service, and close its database's connections and its processes afterwards."""
    engine, site = open_service(settings)
    try:
        with closing(site):
            yield engine, site
    finally:
        engine.dispose()


@contextmanager
def configured_verifier(settings: Settings) -> Iterator[Callable[[bytes, str | None], Report]]:
    """Give a function that verifies a file (its bytes, the recipient's e-mail) as this service would."""
    with _opened(settings) as (engine, site), read_transaction(engine) as session:
        yield lambda data, recipient: verification.verify_bytes(
            session, data, site=site, now=utc_now(), recipient=recipient
        )[1]
