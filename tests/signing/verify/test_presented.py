import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import MalformedBodyError, UnreadableCredentialError
from app.signing.baking import bake_png, bake_svg
from app.signing.verify import Needs, Presented, needs, read, verify
from tests.effort import calls_of
from tests.signing.badges import (
    DID,
    LIST_URL,
    PNG,
    Document,
    badge,
    gathered,
    profile,
    says_the_same,
    sign,
    signed,
)
from tests.signing.hostile import CALLS, HOSTILE, READABLE

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'
SECURED = sign(badge())
SIGNED = signed(badge())


def test_json_with_a_proof_is_read() -> None:
    assert read(SECURED.document) == Presented(SIGNED, "data_integrity", "json", None)
    assert read(b"\n " + SECURED.document + b"\n") == read(SECURED.document)


def test_json_without_a_proof_is_read_as_unsecured() -> None:
    assert read(json.dumps(badge()).encode()).form == "unsecured"


def test_a_jwt_is_read_without_its_registered_claims() -> None:
    assert read(SECURED.jwt.encode() + b"\n") == Presented(badge(), "vc_jwt", "jwt", SECURED.jwt)


@pytest.mark.parametrize("credential", [SECURED.document.decode(), SECURED.jwt])
def test_a_baked_credential_is_read_from_either_picture(credential: str) -> None:
    plain = read(credential.encode())
    for picture, source in [(bake_png(PNG, credential), "png"), (bake_svg(SVG, credential), "svg")]:
        presented = read(picture)
        assert (presented.credential, presented.form, presented.token) == (
            plain.credential,
            plain.form,
            plain.token,
        )
        assert presented.source == source


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b"{", b'{"a":NaN}', b"[1,", b'{"a":"\\ud800"}'])
def test_text_that_is_no_strict_json_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'"x"',
        b"hello",
        b"a.b.c",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        SVG,
        PNG,
        b"<html/>",
        b"{" + b" " * 1_000_000,
    ],
)
def test_bytes_without_a_credential_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        read(data)


def envelope(**changes: object) -> bytes:
    document = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:application/vc+jwt,{SECURED.jwt}",
        "type": "EnvelopedVerifiableCredential",
    }
    return json.dumps({**document, **changes}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"type": ["EnvelopedVerifiableCredential"]},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"id": f"data:application/jwt,{SECURED.jwt}"},
    ],
)
def test_an_envelope_is_opened(changes: Document) -> None:
    legacy = str(changes.get("id")).startswith("data:application/jwt")
    assert read(envelope(**changes)) == Presented(badge(), "vc_jwt", "json", SECURED.jwt, legacy)


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": []},
        {"@context": "https://www.w3.org/2018/credentials/v1"},
        {"id": SECURED.jwt},
        {"id": f"data:application/json,{SECURED.jwt}"},
        {"id": "data:application/vc+jwt,"},
        {"id": f"data:application/vp+jwt,{SECURED.jwt}"},
        {"id": None},
        {"name": "Another"},
        {"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"], "proof": {}},
    ],
)
def test_an_envelope_that_holds_no_jwt_alone_is_refused(changes: Document) -> None:
    with pytest.raises(UnreadableCredentialError):
        read(envelope(**changes))


def test_what_has_to_be_gathered_is_named_once() -> None:
    method = profile().verification_method
    wanted = Needs(DID, (method,), (LIST_URL,))
    assert needs(read(SECURED.document)) == wanted
    twice = {**SIGNED, "proof": SIGNED["proof"] * 2, "credentialStatus": [SIGNED["credentialStatus"]] * 2}
    assert needs(read(json.dumps(twice).encode())) == wanted
    assert needs(read(SECURED.jwt.encode())) == Needs(DID, (profile().jwt_key_id,), (LIST_URL,))


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"issuer": 7, "proof": "x", "credentialStatus": 7},
        {
            "issuer": {"id": 7},
            "proof": [7, {"verificationMethod": 7}],
            "credentialStatus": [{"type": "Other"}],
        },
        {"issuer": None, "proof": None, "credentialStatus": {"type": "BitstringStatusListEntry"}},
    ],
)
def test_a_document_of_another_shape_needs_nothing(credential: Document) -> None:
    assert needs(read(json.dumps(credential).encode())) == Needs(None, (), ())


def test_an_issuer_may_be_a_text() -> None:
    assert needs(read(b'{"issuer":"did:example:a"}')).issuer_id == "did:example:a"


def test_only_so_many_status_lists_are_asked_for() -> None:
    entries = [{**badge()["credentialStatus"], "statusListCredential": f"{LIST_URL}{n}"} for n in range(50)]
    assert len(needs(read(json.dumps(badge(credentialStatus=entries)).encode())).status_list_urls) == 8


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = sorted({*SIGNED, "@context", "proof", "endorsement", "credentialSchema", "evidence"})


@given(
    changes=st.dictionaries(st.sampled_from(MEMBERS), JSON, min_size=1),
    drop=st.sets(st.sampled_from(MEMBERS)),
)
def test_no_document_makes_the_verifier_raise_or_say_verified(changes: Document, drop: set[str]) -> None:
    credential = {name: value for name, value in {**SIGNED, **changes}.items() if name not in drop}
    try:
        presented = read(json.dumps(credential).encode())
    except MalformedBodyError:
        return
    needs(presented)
    report = verify(presented, gathered())
    assert says_the_same(credential, SIGNED) or not report.verified


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_costs_little(name: str) -> None:
    def judge() -> None:
        try:
            assert verify(read(HOSTILE[name]), gathered()).verdict == "not_verified"
        except (MalformedBodyError, UnreadableCredentialError):
            assert name not in READABLE

    assert calls_of(judge) < CALLS
