"""Whether the service could do its work right now."""

from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import require_current_schema
from app.errors import BusyError
from app.key_backends import BackendName
from app.services.keys import list_active_keys, probe_key
from app.services.sites import Site


def check_ready(session: Session, engine: Engine, site: Site) -> None:
    """Return when the schema is current and each active key signs what its public half verifies.

    Keys of other backends are left out: a service that is down for a moment makes nobody else unready.
    Raises `SchemaBehindError`, `ConfigurationError` or, while the database does not answer, `BusyError`.
    """
    try:
        require_current_schema(engine)
        active = list_active_keys(session)
    except OperationalError as error:
        raise BusyError("The database does not answer.") from error
    for key in active:
        if key.backend == BackendName.LOCAL:
            probe_key(key, site)
