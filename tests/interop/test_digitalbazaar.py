"""What `@digitalbazaar/vc`, the library of many wallets and verifiers, says about our signatures."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.errors import InvalidSignatureError, JsonLdError
from app.signing import dids, status_list
from app.signing.data_integrity import verify_proof
from app.signing.keys import Ed25519Signer
from tests.interop.samples import CREATED, DID, DID_DOCUMENTS, INDEX, LIST_URL, NOW, SIGNER, credential
from tests.interop.verifiers import Answer, Verifiers
from tests.signing.badges import eddsa_proof

pytestmark = pytest.mark.interop

METHOD = dids.multikey_id(DID, SIGNER.public_key)


def secured(document: dict[str, Any], signer: Ed25519Signer = SIGNER, method: str = METHOD) -> dict[str, Any]:
    return {**document, "proof": eddsa_proof(document, signer, method, CREATED)}


def list_with(*revoked: int) -> dict[str, Any]:
    template = status_list.StatusListTemplate(
        url=LIST_URL,
        issuer=DID,
        purpose="revocation",
        encoded_list=status_list.encode(revoked),
        valid_from=NOW - timedelta(days=1),
        valid_until=datetime.now(UTC) + timedelta(days=1),  # checkStatus has no other clock
        ttl=300_000,
    )
    return secured(status_list.build_credential(template))


def ask(verifiers: Verifiers, document: dict[str, Any], *, revoked: tuple[int, ...] = ()) -> Answer:
    verifiers.remember({LIST_URL: list_with(*revoked)})
    return verifiers.verify_credential(document, DID_DOCUMENTS, NOW)


def test_a_credential_verifies(verifiers: Verifiers) -> None:
    answer = ask(verifiers, secured(credential()))
    assert (answer.verified, answer.error) == (True, None)


def test_a_credential_of_a_did_key_verifies(verifiers: Verifiers) -> None:
    did = dids.did_key(SIGNER.public_key)
    document = credential(issuer={"id": did, "type": ["Profile"], "name": "Participation Network"})
    del document["credentialStatus"]
    method = dids.multikey_id(did, SIGNER.public_key)
    answer = verifiers.verify_credential(secured(document, method=method), {did: dids.resolve(did)}, NOW)
    assert (answer.verified, answer.error) == (True, None)


def test_the_status_list_credential_verifies(verifiers: Verifiers) -> None:
    answer = verifiers.verify_credential(list_with(), DID_DOCUMENTS, NOW)
    assert (answer.verified, answer.error) == (True, None)


def test_a_credential_that_is_not_revoked_has_no_bit_set(verifiers: Verifiers) -> None:
    assert ask(verifiers, secured(credential())).details["set"] == [False]


def test_a_revoked_credential_has_its_bit_set(verifiers: Verifiers) -> None:
    answer = ask(verifiers, secured(credential()), revoked=(INDEX,))
    assert (answer.verified, answer.details["set"]) == (True, [True])


@pytest.mark.parametrize("neighbour", [INDEX - 1, INDEX + 1, INDEX ^ 7])
def test_a_neighbour_on_the_list_is_not_meant(verifiers: Verifiers, neighbour: int) -> None:
    """Readers that count bits from the other end of a byte would mix them up."""
    assert ask(verifiers, secured(credential()), revoked=(neighbour,)).details["set"] == [False]


@pytest.mark.parametrize("day", ["2016-03-04T11:00:00Z", "2026-03-04T13:00:00Z"])
def test_a_credential_out_of_its_period_is_refused(verifiers: Verifiers, day: str) -> None:
    verifiers.remember({LIST_URL: list_with()})
    now = datetime.fromisoformat(day)
    assert not verifiers.verify_credential(secured(credential()), DID_DOCUMENTS, now).verified


def test_a_credential_signed_with_another_key_is_refused(verifiers: Verifiers) -> None:
    other = Ed25519Signer.from_seed(bytes(32))
    assert not ask(verifiers, secured(credential(), signer=other)).verified


def test_a_key_that_the_issuer_does_not_publish_is_refused(verifiers: Verifiers) -> None:
    other = Ed25519Signer.from_seed(bytes(32))
    method = dids.multikey_id(DID, other.public_key)
    assert not ask(verifiers, secured(credential(), signer=other, method=method)).verified


# Every signed value ---------------------------------------------------------------------------------


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every string in `value`."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    elif isinstance(value, str):
        yield path


def with_another_character(
    document: dict[str, Any], path: tuple[str | int, ...], position: int
) -> dict[str, Any]:
    """Return a copy in which one character of one value is the next one of Unicode."""
    changed = copy.deepcopy(document)
    owner: Any = changed
    for step in path[:-1]:
        owner = owner[step]
    text = owner[path[-1]]
    owner[path[-1]] = text[:position] + chr(ord(text[position]) + 1) + text[position + 1 :]
    return changed


PATHS = list(leaves(secured(credential())))


def test_the_sample_has_many_values() -> None:
    assert len(PATHS) > 60


@pytest.mark.parametrize("path", PATHS, ids=lambda path: "/".join(map(str, path)))
def test_a_changed_character_is_refused_by_them_and_by_us(
    verifiers: Verifiers, path: tuple[str | int, ...]
) -> None:
    original = secured(credential())
    value: Any = original
    for step in path:
        value = value[step]
    for position in sorted({0, len(value) // 2, len(value) - 1}):
        changed = with_another_character(original, path, position)
        assert not ask(verifiers, changed).verified
        unsigned = {name: member for name, member in changed.items() if name != "proof"}
        keys = dids.assertion_keys(DID_DOCUMENTS[DID])
        key = keys.get(changed["proof"]["verificationMethod"])
        if key is not None:
            with pytest.raises((InvalidSignatureError, JsonLdError)):
                verify_proof(unsigned, changed["proof"], key)
