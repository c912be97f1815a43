"""Documents made to be costly are refused, and whoever else asks meanwhile is answered."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path

import httpx
import pytest

from tests.foreign_credentials import V2, Document, credential, secured
from tests.http_client.remote import NAME, Internet, reply, small_internet
from tests.signing.badges import chunk, png
from tests.stories import Json, Service, running

VERIFY = "/verify"
VC_API = "/vc-api/credentials/verify"
GOOD = secured(credential())
LARGE = 980_000
"""Bytes just under what is read of a credential."""

ATTACKERS = 4
BOMB = f"https://{NAME}/status-lists/bomb"


def proven(**changes: Json) -> Document:
    """Return a document with a proof that its reader has to canonize before it can refuse it."""
    return GOOD | changes


def nested(depth: int) -> Json:
    value: Json = {"type": "VerifiableCredential"}
    return reduce(lambda inner, _: {"type": "VerifiableCredential", "evidence": [inner]}, range(depth), value)


OWN_CONTEXT = [V2, {"knows": {"@id": "urn:x:knows", "@type": "@id"}, "about": "urn:x:about"}]
CLIQUE = [{"id": f"_:b{a}", "knows": [f"_:b{b}" for b in range(60) if b != a]} for a in range(60)]
TREES = {"about": [{"about": [{"about": [{"about": "x"}] * 6}] * 12}] * 40}
ENTRY = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1"}

DOCUMENTS: dict[str, Document] = {
    "20,000 things without a name that are alike": proven(
        evidence=[{"type": "VerifiableCredential"}] * 20_000
    ),
    "named blank nodes that all know each other": proven(
        **{"@context": OWN_CONTEXT, "credentialSubject": CLIQUE}
    ),
    "trees of blank nodes that are alike": proven(**{"@context": OWN_CONTEXT, "credentialSubject": TREES}),
    "a context of 20,000 terms": proven(
        **{
            "@context": [V2, {f"t{i}": f"urn:x:{i}" for i in range(20_000)}],
            "credentialSubject": {"t1": "x"},
        }
    ),
    "contexts within 8,000 terms": proven(
        **{
            "@context": [
                V2,
                {f"t{i}": {"@id": f"urn:x:{i}", "@context": {"a": "urn:x:a"}} for i in range(8_000)},
            ],
            "credentialSubject": {"t1": {"a": "x"}},
        }
    ),
    "one context 25,000 times": proven(**{"@context": [V2] * 25_000 + OWN_CONTEXT[1:]}),
    "as deep as is read": proven(evidence=nested(28)),
    "deeper than is read": proven(evidence=nested(40)),
    "150,000 types": proven(type=["VerifiableCredential"] + ["x"] * 150_000),
    "195,000 names": proven(name=["x"] * 195_000),
    "20,000 names with a language": proven(name=[{"@value": "x", "@language": "en"}] * 20_000),
    "5,000 statuses": proven(
        credentialStatus=[ENTRY | {"statusListCredential": "https://vc.example/1"}] * 5_000
    ),
    "2,000 proofs": {**GOOD, "proof": [GOOD["proof"]] * 2_000},
    "50,000 endorsements": proven(endorsementJwt=["e30.e30.e30"] * 50_000),
    "60,000 unknown members": proven(**{f"m{i}": 1 for i in range(60_000)}),
    "a name of a megabyte": proven(name="x" * LARGE),
    "a proof of a megabyte": {**GOOD, "proof": GOOD["proof"] | {"proofValue": "z" + "2" * LARGE}},
    "a key of a megabyte": {
        **GOOD,
        "proof": GOOD["proof"] | {"verificationMethod": "did:jwk:" + "Q" * LARGE + "#0"},
    },
}
TEXTS: dict[str, bytes] = {
    "a megabyte of opening brackets": b"[" * LARGE,
    "a megabyte of closed brackets": b'{"@context":' + b"[" * (LARGE // 2) + b"]" * (LARGE // 2) + b"}",
    "a megabyte of nested objects": b'{"a":' * (LARGE // 5),
    "a megabyte of digits": b'{"@context": ' + b"9" * LARGE + b"}",
    "a megabyte of numbers": b'{"@context": [' + b"1.1e10," * (LARGE // 7) + b"1]}",
    "a megabyte of base64": b"QUFB" * (LARGE // 4),
    "a megabyte of JWT": b"eyJ" + b"QUFB" * (LARGE // 8) + b".eyJ" + b"QUFB" * (LARGE // 8) + b".QUFB",
    "more than is read": b'{"a": "' + b"x" * 2_000_000 + b'"}',
}
PICTURES: dict[str, bytes] = {
    "a PNG whose text inflates to 100 MB": png(
        chunk(
            b"iTXt",
            b"openbadgecredential\x00\x01\x00\x00\x00" + zlib.compress(b"x" * 100_000_000, 9),
        )
    ),
    "a PNG of 300,000 chunks": png(*[chunk(b"tEXt", b"")] * 300_000),
    "an SVG of a million elements": b'<svg xmlns="http://www.w3.org/2000/svg">'
    + b"<g/>" * 1_000_000
    + b"</svg>",
    "an SVG of 200,000 attributes": b"<svg " + b" ".join(b"a%d=''" % i for i in range(200_000)) + b"/>",
}


def attacks() -> list[tuple[str, str, bytes, str]]:
    """Return every hostile request: its name, its path, its body and the type of that."""
    json_type, raw = "application/json", "application/octet-stream"
    documents = {name: json.dumps(document).encode() for name, document in DOCUMENTS.items()}
    return [
        *((name, VERIFY, body, json_type) for name, body in (documents | TEXTS).items()),
        *((name, VERIFY, body, raw) for name, body in (TEXTS | PICTURES).items()),
        *(
            (name, VC_API, b'{"verifiableCredential": %b}' % body, json_type)
            for name, body in documents.items()
        ),
        *((name, VC_API, body, json_type) for name, body in TEXTS.items()),
        *(
            (name, VC_API, json.dumps({"verifiableCredential": body.decode()}).encode(), json_type)
            for name, body in TEXTS.items()
        ),
    ]


def is_refused(answer: httpx.Response) -> bool:
    """Tell whether a problem, or a report that does not verify, came back."""
    if answer.status_code == 200:
        return answer.json().get("verdict") in {"not_verified", "undetermined"}
    return answer.status_code in {400, 413, 422, 503} and answer.json()["code"] != "internal_error"


@pytest.fixture
def service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service without a worker, on SQLite alone: what is costly here comes before any database."""
    with running(sqlite_url, tmp_path, worker=False) as service:
        yield service


@pytest.mark.untraced
def test_hostile_documents_are_refused_while_others_are_answered(service: Service) -> None:
    nobody = service.as_(None)

    def attack(request: tuple[str, str, bytes, str]) -> tuple[str, str, httpx.Response]:
        name, path, body, media_type = request
        return name, path, nobody("POST", path, content=body, headers={"Content-Type": media_type})

    answered_meanwhile = 0
    with ThreadPoolExecutor(ATTACKERS) as attackers:
        attempts = [attackers.submit(attack, request) for request in attacks()]
        while not all(attempt.done() for attempt in attempts):
            assert nobody.get("/health/live")
            assert nobody.post(VERIFY, GOOD, 200)["verified"]
            assert nobody.post(VC_API, {"verifiableCredential": GOOD}, 200)["verified"]
            answered_meanwhile += 1
    assert answered_meanwhile >= len(attempts) // 10
    for name, path, answer in (attempt.result() for attempt in attempts):
        assert is_refused(answer), (name, path, answer.status_code, answer.text[:500])


# A status list elsewhere that inflates ----------------------------------------------------------------


@pytest.fixture
def internet(tmp_path: Path) -> Iterator[Internet]:
    with small_internet(tmp_path) as internet:
        bits = base64.urlsafe_b64encode(gzip.compress(bytes(200_000_000))).rstrip(b"=").decode()
        subject = {"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": f"u{bits}"}
        types = ["VerifiableCredential", "BitstringStatusListCredential"]
        document = secured(credential(id=BOMB, type=types, credentialSubject=subject))
        internet.remote.scripts[BOMB.removeprefix(f"https://{NAME}")] = reply(json.dumps(document).encode())
        yield internet


def test_a_status_list_that_inflates_says_nothing(
    sqlite_url: str, tmp_path: Path, internet: Internet
) -> None:
    bad = secured(credential(credentialStatus=ENTRY | {"statusListCredential": BOMB}))
    with running(sqlite_url, tmp_path, worker=False, fetcher=internet.fetcher()) as service:
        nobody = service.as_(None)
        report = nobody.post(VERIFY, bad, 200)
        assert report["verdict"] != "verified"
        [status] = [check for check in report["checks"] if check["id"] == "status"]
        assert status["outcome"] in {"unknown", "fail"}
        warnings = nobody.post(VC_API, {"verifiableCredential": bad}, 200)["warnings"]
        assert [warning["code"] for warning in warnings] == [status["code"]]
        assert nobody.post(VERIFY, GOOD, 200)["verified"]
    assert internet.remote.paths
