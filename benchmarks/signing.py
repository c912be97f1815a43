"""In-process: signing and verifying the three credentials, and the status list, on one core."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from pyld import jsonld

from app.signing import dids, jws, multibase, status_list, vc_jwt
from app.signing.issue import prepare, prove, sign
from app.signing.jsonld import context_document, known_contexts
from app.signing.verify import Gathered, read, verify
from benchmarks.documents import CREATED, DID, KEY_ID, PROFILE, SEED, SIGNER, Document, by_size, signed
from benchmarks.peers import NODE, OPENBADGESLIB, Peer, running
from benchmarks.rows import SECONDS, Row, compare, in_turns, median_us

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
DID_DOCUMENT: Final = dids.did_document(DID, [SIGNER.public_key])
GATHERED: Final = Gathered(
    now=NOW,
    did_documents={DID: DID_DOCUMENT},
    status_lists={},
    trusted_issuers=frozenset({DID}),
    recipient=None,
)
MANY: Final = 1500
VC: Final = "@digitalbazaar/vc"
ISSUE_TARGETS: Final = {"5 KB": 30.0}
VERIFY_TARGETS: Final = {"5 KB": 15.0}
JWT_TARGETS: Final = {"5 KB": 3.0}


def measure() -> Iterator[Row]:
    """Yield the rows one after the other."""
    contexts = {url: json.loads(context_document(url)) for url in known_contexts()}
    jsonld.set_document_loader(
        lambda url, _options: {"contextUrl": None, "documentUrl": url, "document": contexts[url]}
    )
    with running(NODE) as node, running(OPENBADGESLIB) as openbadgeslib:
        node.ask({"documents": {**contexts, DID: DID_DOCUMENT}})
        for size, document in by_size().items():
            yield from _data_integrity(size, document, node)
            yield from _jwt(size, document, openbadgeslib)
            if size in ISSUE_TARGETS:
                yield from _other_achievements(size, document, node)
    yield from _status_list()


def _data_integrity(size: str, document: Document, node: Peer) -> Iterator[Row]:
    documents, one = _different(document), signed(document)
    unsigned, stored = cycle(documents), cycle([signed(each) for each in documents])
    assert verify(read(one), GATHERED).verified
    ours, theirs, pyld = in_turns(
        lambda: median_us(lambda: prove(prepare(next(unsigned)), SIGNER, PROFILE)),
        lambda: _ask(node, issue=document),
        lambda: median_us(lambda: _sign_with_pyld(document)),
    )
    name = f"issue with eddsa-rdfc-2022, {size}"
    yield compare((name, "µs"), ours, theirs, VC, ISSUE_TARGETS.get(size))
    yield compare((name, "µs"), ours, pyld, "PyLD")
    ours, theirs, pyld = in_turns(
        lambda: median_us(lambda: verify(read(next(stored)), GATHERED)),
        lambda: _ask(node, verify=json.loads(one)),
        lambda: median_us(lambda: _verify_with_pyld(one)),
    )
    name = f"verify eddsa-rdfc-2022, {size}"
    yield compare((name, "µs"), ours, theirs, VC, VERIFY_TARGETS.get(size))
    yield compare((name, "µs"), ours, pyld, "PyLD")


def _other_achievements(size: str, document: Document, node: Peer) -> Iterator[Row]:
    """Measure the same where no two credentials are of one achievement: nothing that is kept of it helps."""
    documents, one = _with_other_achievements(document), signed(document)
    unsigned, stored = cycle(documents), cycle([signed(each) for each in documents])
    ours, theirs = in_turns(
        lambda: median_us(lambda: prove(prepare(next(unsigned)), SIGNER, PROFILE)),
        lambda: _ask(node, issue=document),
    )
    yield compare((f"issue with eddsa-rdfc-2022, {size}, achievements all new", "µs"), ours, theirs, VC)
    ours, theirs = in_turns(
        lambda: median_us(lambda: verify(read(next(stored)), GATHERED)),
        lambda: _ask(node, verify=json.loads(one)),
    )
    yield compare((f"verify eddsa-rdfc-2022, {size}, achievements all new", "µs"), ours, theirs, VC)


def _ask(peer: Peer, **request: object) -> float:
    return float(peer.ask({**request, "seconds": SECONDS})["median"])


def _sign_with_pyld(document: Document) -> bytes:
    """Do with PyLD what the cryptosuite asks for, and no check beside it."""
    return SIGNER.sign(_hash_with_pyld(document, {"type": "DataIntegrityProof"} | _OPTIONS))


_OPTIONS: Final = {
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-01-15T12:00:00Z",
    "verificationMethod": KEY_ID,
    "proofPurpose": "assertionMethod",
}


def _verify_with_pyld(stored: bytes) -> None:
    document = json.loads(stored)
    [proof] = document.pop("proof")
    signature = multibase.decode_base58btc(proof.pop("proofValue"))
    SIGNER.public_key.verify(signature, _hash_with_pyld(document, proof))


def _hash_with_pyld(document: Document, options: Document) -> bytes:
    parts = ({"@context": document["@context"], **options}, document)
    how = {"algorithm": "URDNA2015", "format": "application/n-quads"}
    return b"".join(hashlib.sha256(jsonld.normalize(part, how).encode()).digest() for part in parts)


def _jwt(size: str, document: Document, openbadgeslib: Peer) -> Iterator[Row]:
    private, public = _pem()
    token = vc_jwt.create(document, SIGNER, KEY_ID)
    tokens = cycle([vc_jwt.create(each, SIGNER, KEY_ID) for each in _different(document)])
    payload = vc_jwt.claims(jws.decode(token, SIGNER.public_key).payload)
    ours, theirs = in_turns(
        lambda: median_us(lambda: vc_jwt.create(document, SIGNER, KEY_ID)),
        lambda: _ask(openbadgeslib, issue=payload, private=private),
    )
    yield compare((f"issue a VC-JWT, {size}", "µs"), ours, theirs, "openbadgeslib")
    checked, verified, theirs = in_turns(
        lambda: median_us(lambda: vc_jwt.check(next(tokens), SIGNER.public_key, NOW)),
        lambda: median_us(lambda: verify(read(next(tokens).encode()), GATHERED)),
        lambda: _ask(openbadgeslib, verify=token, public=public),
    )
    name = f"verify a VC-JWT: signature and claims, {size}"
    yield compare((name, "µs"), checked, theirs, "openbadgeslib", JWT_TARGETS.get(size))
    yield compare((f"verify a VC-JWT: all ten checks, {size}", "µs"), verified, theirs, "openbadgeslib")


def _different(document: Document) -> list[Document]:
    """Return the document under many ids: what a verifier sees again and again, it must not be helped by."""
    return [{**document, "id": f"{document['id']}-{number}"} for number in range(MANY)]


def _with_other_achievements(document: Document) -> list[Document]:
    """Return the document under many ids, each time of an achievement that no other one is of.

    Of 5 KB, they are more than are kept (app/signing/contents.py): each is met anew, however often it comes.
    """
    subject = document["credentialSubject"]
    achievements = [{**subject["achievement"], "humanCode": f"CL-{number}"} for number in range(MANY)]
    return [
        {**each, "credentialSubject": {**subject, "achievement": achievement}}
        for each, achievement in zip(_different(document), achievements, strict=True)
    ]


def _pem() -> tuple[str, str]:
    """Return the key as its peers read it; the prefix is PKCS #8's for Ed25519 (RFC 8410, 7)."""
    key = load_der_private_key(bytes.fromhex("302e020100300506032b657004220420") + SEED, None)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _status_list() -> Iterator[Row]:
    """Make a list of which one entry in a hundred is set, from positions to signed bytes."""
    positions = frozenset(range(0, status_list.MINIMUM_LENGTH, 100))

    def rebuild() -> bytes:
        template = status_list.StatusListTemplate(
            url="https://badges.example.org/status-lists/1",
            issuer=DID,
            purpose="revocation",
            encoded_list=status_list.encode(positions),
            valid_from=CREATED,
            valid_until=NOW,
            ttl=60_000,
        )
        return sign(prepare(status_list.build_credential(template)), SIGNER, PROFILE).document

    yield Row("rebuild and sign a status list of 131,072 entries, 1 % set", "µs", median_us(rebuild))
