import math
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.schemas.credential_summaries import (
    CredentialSummary,
    Holder,
    HolderKind,
    IssuerSummary,
    issuer_host,
    web_address,
)
from tests.page_samples import sample_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
MEMBERS = re.findall(
    r"\w+",
    """id issuer name credentialSubject achievement identifier hashed salt identityType evidence result status
    resultDescription requiredLevel rubricCriterionLevel achievedLevel value valueMin alignment targetName
    targetUrl criteria narrative inLanguage validFrom""",
)
DOCUMENT_LIKE = st.recursive(
    JSON,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, min_size=1, max_size=8)
    ),
    max_leaves=30,
)


def read(**members: object) -> CredentialSummary:
    return CredentialSummary.read(members)


def results_of(described: Mapping[str, object], **result: object) -> tuple[str, str, bool | None]:
    description = {"id": "urn:rd", "name": "Project", **described}
    subject = {
        "achievement": {"resultDescription": [description]},
        "result": [{"resultDescription": "urn:rd", **result}] if result else [],
    }
    (found,) = read(credentialSubject=subject).results
    return found.words, found.needed, found.earned


LEVELS = {
    "requiredLevel": "urn:achieved",
    "rubricCriterionLevel": [
        {"id": "urn:started", "name": "Started"},
        {"id": "urn:achieved", "name": "Achieved"},
        {"id": "urn:lasting", "name": "Lasting"},
    ],
}


@given(DOCUMENT_LIKE)
def test_no_document_whatever_its_shape_makes_reading_fail(value: object) -> None:
    for member in ("credentialSubject", "issuer", "evidence"):
        CredentialSummary.read({member: value})
    CredentialSummary.read({"credentialSubject": {"achievement": value, "result": value}})


def test_a_real_credential_is_read_whole() -> None:
    summary = CredentialSummary.read(sample_document())
    assert summary.name == "Community Leadership Passport"
    assert summary.issuer.host == "passports.example.org"
    assert [block.label for block in summary.blocks if block.earned] == [
        "Personal Leadership",
        "Essential Mozilla",
        "Building for Action & Impact",
        "Working Open",
        "Developing Specialization",
    ]
    assert [block.words for block in summary.blocks if not block.earned] == ["Not recorded"]
    assert [result.words for result in summary.other_results] == ["Lasting change", "340"]
    assert [entry.host for entry in summary.public_evidence] == [
        "library-club.example.net",
        "passports.example.org",
    ]
    assert [entry.name for entry in summary.private_evidence] == ["7 private entries"]
    assert summary.achievement.language == "en"


def test_public_evidence_without_an_address_is_not_called_private() -> None:
    summary = read(evidence=[{"id": "urn:uuid:0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e", "name": "Mentoring"}])

    assert [(entry.name, entry.url) for entry in summary.public_evidence] == [("Mentoring", None)]
    assert not summary.private_evidence


def test_an_empty_document_is_shown_as_saying_nothing() -> None:
    summary = read()
    assert summary.name == ""
    assert summary.issuer == IssuerSummary("", "", None, None)
    assert summary.holders == (Holder(HolderKind.NOBODY),)
    assert not summary.results
    assert not summary.evidence


def test_the_older_data_model_s_dates_are_read_too() -> None:
    summary = read(issuanceDate="2015-01-01T00:00:00Z", expirationDate="2016-01-01T00:00:00Z")
    assert (summary.awarded, summary.valid_until) == ("2015-01-01T00:00:00Z", "2016-01-01T00:00:00Z")


def test_a_single_object_counts_as_a_list_of_one() -> None:
    assert [entry.name for entry in read(evidence={"name": "A talk"}).evidence] == ["A talk"]


def test_an_issuer_may_be_a_bare_address() -> None:
    assert read(issuer="https://school.example/issuer").issuer.host == "school.example"


@pytest.mark.parametrize(
    ("subject", "holder"),
    [
        ({"id": "did:key:z6Mk"}, Holder(HolderKind.DID, did="did:key:z6Mk")),
        ({"id": "mailto:amina@example.org"}, Holder(HolderKind.UNHASHED)),
        ({"id": "https://people.example.org/amina"}, Holder(HolderKind.UNHASHED)),
        (
            {"identifier": [{"hashed": True, "identityType": "emailAddress", "salt": "x"}]},
            Holder(HolderKind.HASHED_EMAIL, salted=True),
        ),
        ({"identifier": {"hashed": True, "identityType": "ext:phone"}}, Holder(HolderKind.HASHED)),
        (
            {"identifier": {"hashed": False, "identityType": "emailAddress", "identityHash": "a@b.example"}},
            Holder(HolderKind.UNHASHED),
        ),
        ({"identifier": {"hashed": "true", "identityHash": "a@b.example"}}, Holder(HolderKind.UNHASHED)),
    ],
)
def test_a_holder_is_described_and_never_an_address(subject: dict[str, object], holder: Holder) -> None:
    summary = read(credentialSubject=subject)
    assert summary.holders == (holder,)
    assert "@" not in repr(summary)


@pytest.mark.parametrize(
    ("achieved", "expected"),
    [
        ("urn:started", ("Started", "Achieved", False)),
        ("urn:achieved", ("Achieved", "Achieved", True)),
        ("urn:lasting", ("Lasting", "Achieved", True)),
        ("urn:elsewhere", ("Not recorded", "Achieved", None)),
    ],
)
def test_a_level_is_earned_from_the_required_one_on(
    achieved: str, expected: tuple[str, str, bool | None]
) -> None:
    assert results_of(LEVELS, achievedLevel=achieved) == expected


def test_a_level_counts_when_none_is_required() -> None:
    levels = {"rubricCriterionLevel": LEVELS["rubricCriterionLevel"]}
    assert results_of(levels, achievedLevel="urn:started") == ("Started", "", True)


def test_a_value_with_a_least_value_is_left_to_the_reader() -> None:
    assert results_of({"valueMin": "300"}, value="12") == ("12", "300", None)
    assert results_of({}, value="12") == ("12", "", True)


def test_only_a_completed_status_is_earned() -> None:
    assert results_of({}, status="Completed") == ("Completed", "", True)
    assert results_of({}, status="Failed") == ("Failed", "", False)


def test_a_result_without_a_record_is_neither_earned_nor_failed() -> None:
    assert results_of({}) == ("Not recorded", "", None)


def test_a_result_is_a_block_when_it_or_its_alignment_names_a_framework_item() -> None:
    alignment = {"targetName": "Working Open", "targetUrl": "https://x.example/f#working-open"}
    described = [{"name": "Working Open"}, {"name": "Sessions", "alignment": alignment}, {"name": "Other"}]
    achievement = {"alignment": alignment, "resultDescription": described}
    summary = read(credentialSubject={"achievement": achievement})
    assert [(result.label, result.is_block) for result in summary.results] == [
        ("Working Open", True),
        ("Sessions", True),
        ("Other", False),
    ]
    assert summary.blocks[1].url == "https://x.example/f#working-open"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://school.example/",
        "https://trusted.example@evil.example/",
        "https:///nowhere",
        "https://",
        "https://ev\u0456l.example/",
        "https://evil.example/\n",
        "https://evil.example\\.trusted.example/",
        "https://[::1/",
        "https://evil.example:port/",
        "//evil.example/",
        "/relative",
        "",
    ],
)
def test_an_address_that_could_mislead_is_not_linked(url: str) -> None:
    assert web_address(url) is None


@pytest.mark.parametrize("url", ["https://school.example/a?b=c#d", "http://127.0.0.1:8000/credentials/1"])
def test_a_plain_address_is_linked(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    ("issuer_id", "host"),
    [
        ("did:web:school.example:issuers:a", "school.example"),
        ("did:web:school.example%3A8443", "school.example:8443"),
        ("did:web:evil.example%2Fschool.example", None),
        ("did:web:school.example%40evil.example", None),
        ("did:web:", None),
        ("did:key:z6Mk", None),
        ("https://school.example/issuer", "school.example"),
        ("urn:uuid:1", None),
    ],
)
def test_the_host_comes_from_the_identity_alone(issuer_id: str, host: str | None) -> None:
    assert issuer_host(issuer_id) == host


@pytest.mark.parametrize("tag", ['en" onload="x', "", "english and more"])
def test_a_language_is_a_tag_or_nothing(tag: str) -> None:
    summary = read(credentialSubject={"achievement": {"inLanguage": tag}})
    assert summary.achievement.language is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2.5, "2.5"),
        (3, "3"),
        (1000.25, "1000.25"),
        (True, ""),
        ("3", ""),
        (-1, ""),
        (10**400, ""),
        (math.nan, ""),
    ],
)
def test_credits_are_a_number_that_somebody_could_mean(value: object, said: str) -> None:
    summary = read(credentialSubject={"creditsEarned": value, "achievement": {"creditsAvailable": value}})
    assert (summary.credits, summary.achievement.credits) == (said, said)
