"""The door of the package: published vectors, pinned contexts, errors for callers."""

import hashlib
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigurationError, JsonLdError
from app.signing import jsonld
from app.signing.jsonld import vendored

Document = dict[str, Any]


def published_credential(folder: Path) -> Document:
    page = (folder / "vectors" / "linked-data-proof-ob.html").read_text()
    text = re.sub("<[^>]*>", "", page)
    start = text.index("{", text.index("Signed credential"))
    document, _ = json.JSONDecoder().raw_decode(text[start:])
    assert isinstance(document, dict)
    return document


def test_the_open_badges_vector_has_the_published_text_and_hashes(open_badges_data: Path) -> None:
    document = published_credential(open_badges_data)
    proof = document.pop("proof")
    del proof["proofValue"]
    vectors = open_badges_data / "vectors"

    canonical = jsonld.canonize(document)
    assert canonical == (vectors / "document-canon.txt").read_text()
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert digest == "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"

    options = jsonld.canonize({"@context": document["@context"], **proof})
    assert options == (vectors / "proof-canon.txt").read_text()
    digest = hashlib.sha256(options.encode()).hexdigest()
    assert digest == "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"


@pytest.mark.parametrize("name", ["complete", "simple", "simple-did-key-method", "credential-status-revoked"])
def test_the_published_credentials_are_understood(
    open_badges_data: Path,
    pyld_canonize: Callable[[Document], str],
    name: str,
) -> None:
    document = json.loads((open_badges_data / "fixtures" / f"{name}.json").read_bytes())
    assert jsonld.canonize(document) == pyld_canonize(document)


def test_proof_options_are_canonized_with_the_contexts_of_their_document() -> None:
    options = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": "https://example.org/issuers/a#key",
        "proofPurpose": "assertionMethod",
    }
    assert jsonld.canonize(options) == (
        '_:c14n0 <http://purl.org/dc/terms/created> "2026-01-01T00:00:00Z"'
        "^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n"
        "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        " <https://w3id.org/security#DataIntegrityProof> .\n"
        '_:c14n0 <https://w3id.org/security#cryptosuite> "eddsa-rdfc-2022"'
        "^^<https://w3id.org/security#cryptosuiteString> .\n"
        "_:c14n0 <https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> .\n"
        "_:c14n0 <https://w3id.org/security#verificationMethod> <https://example.org/issuers/a#key> .\n"
    )


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ("🎉", "\ufb01", True),  # where two texts part, UTF-16 and code points order them differently
        ("a🎉", "b\ufb01", False),
        ("🎉", "é", False),
    ],
)
def test_texts_that_javascript_sorts_otherwise_are_refused(
    credential: Document, first: str, second: str, *, refused: bool
) -> None:
    credential["credentialSubject"]["achievement"]["tag"] = [first, second]
    if not refused:
        assert jsonld.canonize(credential)
        return
    with pytest.raises(JsonLdError) as caught:
        jsonld.canonize(credential)
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [("ambiguous_order", "")]


def test_threads_agree(credential: Document) -> None:
    expected = jsonld.canonize(credential)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(jsonld.canonize, [credential] * 40)) == {expected}


def test_known_contexts_are_served_byte_for_byte() -> None:
    assert "https://www.w3.org/ns/credentials/v2" in jsonld.known_contexts()
    content = jsonld.context_document("https://www.w3.org/ns/credentials/v2")
    # The hash that the Verifiable Credentials Data Model 2.0 publishes in its appendix B.1.
    assert hashlib.sha256(content).hexdigest() == (
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
    )
    for url in jsonld.known_contexts():
        assert "@context" in json.loads(jsonld.context_document(url))


def test_other_contexts_are_not_served() -> None:
    with pytest.raises(JsonLdError):
        jsonld.context_document("https://example.org/context")


def test_all_pinned_contexts_are_intact_and_understood() -> None:
    jsonld.check_contexts()


def test_a_context_that_is_not_understood_stops_the_start() -> None:
    strange = {"https://example.org/context": {"name": {"@id": "https://schema.org/name", "@index": "x"}}}
    with pytest.raises(ConfigurationError, match="not understood"):
        jsonld.check_contexts(strange)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("manifest.json", *(entry["file"] for entry in manifest())):
        (tmp_path / name).write_bytes((vendored.DIRECTORY / name).read_bytes())
    return tmp_path


def manifest() -> list[Document]:
    entries = json.loads((vendored.DIRECTORY / "manifest.json").read_bytes())["contexts"]
    assert isinstance(entries, list)
    return entries


def test_a_changed_context_stops_the_start(copy: Path) -> None:
    assert vendored.load(copy) == vendored.DOCUMENTS
    path = copy / "did-v1.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ConfigurationError, match=r"did-v1\.json differs"):
        vendored.load(copy)


def test_a_missing_context_stops_the_start(copy: Path) -> None:
    (copy / "did-v1.json").unlink()
    with pytest.raises(ConfigurationError, match=r"did-v1\.json is missing"):
        vendored.load(copy)


def test_the_manifest_says_where_each_file_comes_from() -> None:
    files = {path.name for path in vendored.DIRECTORY.iterdir() if path.name.endswith(".json")}
    assert files == {"manifest.json", *(entry["file"] for entry in manifest())}
    for entry in manifest():
        assert set(entry) == {"url", "file", "sha256", "package", "licence"}
        assert set(entry["package"]) == {"registry", "name", "version", "file"}
