"""Whether the service could do its work right now."""

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import require_current_schema
from app.errors import BusyError, ConfigurationError, InvalidSignatureError
from app.models import SigningKey
from app.services.keys import open_signer, public_key_of
from app.services.sites import Site

_NEWEST_KEY = select(SigningKey).where(SigningKey.status == "active").order_by(SigningKey.id.desc()).limit(1)
_PROBE = b"ready?"


def check_ready(session: Session, engine: Engine, site: Site) -> None:
    """Return when the schema is current and the newest signing key signs what its public half verifies.

    Raises `SchemaBehindError`, `ConfigurationError` or, while the database does not answer, `BusyError`.
    """
    try:
        require_current_schema(engine)
        key = session.scalar(_NEWEST_KEY)
    except OperationalError as error:
        raise BusyError("The database does not answer.") from error
    if key is None:
        return
    try:
        public_key_of(key).verify(open_signer(key, site.encryption).sign(_PROBE), _PROBE)
    except InvalidSignatureError as error:
        raise ConfigurationError("A stored signing key does not fit its public half.") from error
