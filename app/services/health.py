"""Whether the service could do its work right now."""

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.database import require_current_schema
from app.models import SigningKey
from app.services.keys import open_signer
from app.services.sites import Site

_PROBE = b"ready?"


def check_ready(session: Session, engine: Engine, site: Site) -> None:
    """Return when the schema is current and a stored signing key signs what its public half verifies.

    Raises `SchemaBehindError` or `ConfigurationError`.
    """
    require_current_schema(engine)
    key = session.scalar(select(SigningKey).where(SigningKey.status == "active").limit(1))
    if key is not None:
        signer = open_signer(key, site.encryption)
        signer.public_key.verify(signer.sign(_PROBE), _PROBE)
