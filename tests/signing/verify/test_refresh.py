import json
from typing import Any

import pytest

from app.signing.verify import Unavailable, needs, read
from tests.signing.badges import SIGNER, Document, badge, codes, eddsa_proof, judge, outcomes, profile, sign

URL = "https://badges.example.org/refresh/7f"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def with_service(service: object) -> Document:
    plain = badge()
    document = plain | {"@context": [*plain["@context"], EXTENSIONS], "refreshService": service}
    return document | {"proof": [eddsa_proof(document, SIGNER, profile().verification_method)]}


BADGE = with_service({"id": URL, "type": "1EdTechCredentialRefresh"})


def refresh(refreshed: object, credential: Document = BADGE) -> tuple[str, str, str]:
    """Return the verdict, and code and outcome of the check, when the service gives `refreshed`."""
    given = refreshed if isinstance(refreshed, bytes | Unavailable | None) else json.dumps(refreshed).encode()
    report = judge(credential, refreshed=given)
    return report.verdict, codes(report)["refresh"], outcomes(report)["refresh"]


def test_the_service_is_among_what_a_verification_needs() -> None:
    assert needs(read(json.dumps(BADGE).encode())).refresh_url == URL
    assert needs(read(json.dumps(badge()).encode())).refresh_url is None


@pytest.mark.parametrize(
    "changes", [{"validFrom": "2016-03-05T12:00:00Z"}, {"validFrom": "2016-03-05T12:00:00Z", "name": "Other"}]
)
def test_a_newer_edition_is_named_and_not_put_in_the_place_of_the_one_given(changes: Document) -> None:
    report = judge(BADGE, refreshed=json.dumps(badge(**changes)).encode())
    [found] = [check for check in report.checks if check.id == "refresh"]
    assert (found.code, found.outcome) == ("newer_edition", "unknown")
    assert found.remedy == f"Verify the newer edition: {URL}"
    assert report.verified
    assert report.credential == BADGE


def test_the_same_or_an_older_edition_leaves_the_credential_the_current_one() -> None:
    assert refresh(BADGE) == ("verified", "edition_current", "pass")
    assert refresh(sign(badge()).jwt.encode()) == ("verified", "edition_current", "pass")
    older = badge(validFrom="2016-03-03T12:00:00Z")
    assert refresh(older) == ("verified", "edition_current", "pass")


def test_ids_are_compared_percent_decoded() -> None:
    spelt = badge(id="https://badges.example.org/credential%73/7f ", validFrom="2016-03-05T12:00:00Z")
    assert refresh(spelt)[1] == "newer_edition"


@pytest.mark.parametrize(
    ("refreshed", "code"),
    [
        (None, "refresh_unreachable"),
        (Unavailable("The host is silent."), "refresh_unreachable"),
        (b"<html>", "refresh_unreadable"),
        (b"{", "refresh_unreadable"),
        ({"id": BADGE["id"]}, "refresh_unreadable"),
        (badge(validFrom=7), "refresh_unreadable"),
        (badge(id="urn:x:other"), "refresh_differs"),
        (badge(issuer="did:web:elsewhere.example.org"), "refresh_differs"),
    ],
)
def test_whatever_else_comes_the_one_given_is_judged_alone(refreshed: Any, code: str) -> None:  # noqa: ANN401 (any JSON)
    assert refresh(refreshed) == ("verified", code, "unknown")


@pytest.mark.parametrize("service", [{"id": URL, "type": "ext:Other"}, {"type": "1EdTechCredentialRefresh"}])
def test_services_of_other_kinds_are_not_asked(service: Document) -> None:
    credential = {**badge(), "refreshService": service, "proof": {"type": "BbsBlsSignature2020"}}
    assert codes(judge(credential))["refresh"] == "no_refresh"
