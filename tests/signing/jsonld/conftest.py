"""Other people's implementations as oracles, and the documents that tests start from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from pyld import jsonld as pyld

from app.signing import jsonld

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

Document = dict[str, Any]
Canonize = Callable[[Document], str]


def _pinned_only(url: str, _options: object) -> Document:
    document = json.loads(jsonld.context_document(url))
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": document,
    }


def _pyld_canonize(document: Document) -> str:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _pinned_only}
    return str(pyld.normalize(document, options))


def _oxigraph_canonize(nquads: str) -> str:
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(nquads.encode(), pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    text = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert text is not None
    # Not splitlines(): it also splits at U+0085 and U+2028, which may stand in a literal.
    return "".join(sorted(line + "\n" for line in text.decode().split("\n") if line))


@pytest.fixture(scope="session")
def pyld_canonize() -> Canonize:
    """Canonize a document with PyLD, from our contexts."""
    return _pyld_canonize


@pytest.fixture(scope="session")
def oxigraph_canonize() -> Callable[[str], str]:
    """Canonize N-Quads with Oxigraph."""
    return _oxigraph_canonize


@pytest.fixture(scope="session")
def open_badges_data() -> Path:
    """Return the folder of published Open Badges 3.0 vectors beside the repository, if it is there."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "open-badges-3"
    if not folder.is_dir():
        pytest.skip("the published Open Badges 3.0 vectors are not on this machine")
    return folder


@pytest.fixture
def credential() -> Document:
    """Return a small credential, to be changed at will."""
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": "urn:uuid:0b2c1d52-3f6a-4a0e-9d3c-0a7b6f1f3c11",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "https://example.org/issuers/a", "type": ["Profile"], "name": "Example"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://example.org/achievements/a",
                "type": ["Achievement"],
                "name": "Community leadership",
                "criteria": {"narrative": "Lead a project."},
            },
        },
    }
