"""The canonical form of what we store, and its digest."""

import hashlib
import json
from typing import Any


def canonical(document: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return JSON with sorted members and no white space; integers only, so it equals RFC 8785."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(document: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()
