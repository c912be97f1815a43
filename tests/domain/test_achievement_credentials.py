import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.domain.achievements import (
    ClaimedEvidence,
    CredentialFacts,
    HashedEmail,
    StatusPlace,
    SubjectFacts,
    build_credential,
    valid_until,
)
from app.domain.evidence import EvidenceReport, read_report
from app.domain.instants import Duration
from app.domain.rules.facts import LevelReached
from app.errors import NotCompleteError
from app.signing.jsonld import canonize
from app.signing.lint import lint_document
from tests.domain.community_leadership import (
    ISSUER,
    LEVELS,
    NOW,
    URL,
    UUID,
    a_passport,
    an_achievement,
    complete,
    reports,
)

LIST = "https://passports.example/status-lists/7f"
SCHEMAS = Path(__file__).parents[2].parent / "shared" / "data" / "open-badges-3" / "schemas"
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
PUBLIC = {"visibility": "public", "url": "https://club.example/report"}


def some_facts(evidence: dict[str, EvidenceReport], **changes: Any) -> CredentialFacts:  # noqa: ANN401 (any member)
    facts = CredentialFacts(
        url="https://passports.example/credentials/c0ffee",
        issuer=ISSUER,
        subject=SubjectFacts("urn:uuid:0b5c3f6e-8f0e-4d2c-9f7e-6a3f0d9b1c11"),
        valid_from=NOW,
        valid_until=None,
        status=(StatusPlace("revocation", LIST, 4711),),
        evidence=tuple(
            ClaimedEvidence(identifier, report, LEVELS if report.kind == "experience" else ())
            for identifier, report in evidence.items()
        ),
    )
    return replace(facts, **changes)


def a_credential(evidence: dict[str, EvidenceReport] | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (any member)
    definition, claimed = a_passport(), evidence or reports()
    completion = complete(definition, claimed)
    return build_credential(completion, an_achievement(definition), some_facts(claimed, **changes))


def strings_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from strings_of(member)
    elif isinstance(value, list):
        for each in value:
            yield from strings_of(each)
    else:
        yield str(value)


def check_schema(document: dict[str, Any]) -> None:
    path = SCHEMAS / "ob_v3p0_achievementcredential_schema.json"
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas of Open Badges 3.0 are not beside the repository")
    proof = {"type": "DataIntegrityProof", "proofPurpose": "assertionMethod", "proofValue": "z0"}
    schema = json.loads(path.read_text())
    validator = jsonschema.Draft201909Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(document | {"proof": [proof]})] == []


# The credential -------------------------------------------------------------------------------------


def test_a_credential_keeps_the_schema_and_every_word_of_it_is_signable() -> None:
    email = HashedEmail("sha256$" + "ab" * 32, "salt")
    subject = SubjectFacts("urn:uuid:0b5c3f6e-8f0e-4d2c-9f7e-6a3f0d9b1c11", DID, email)
    expiry = datetime(2018, 3, 4, tzinfo=UTC)
    document = a_credential(reports(experience=PUBLIC), subject=subject, valid_until=expiry)
    assert lint_document(document) == ()
    quads = canonize(document)
    for text in ("Library coding club", "sha256$abab", "Achieved", DID, "4711"):
        assert text in quads
    check_schema(document)


def test_a_credential_says_what_by_whom_and_since_when_in_whole_seconds() -> None:
    document = a_credential(valid_until=datetime(2018, 3, 4, 9, 0, 0, 999, UTC))
    assert document["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["name"] == "Community Leadership Passport"
    assert document["issuer"] == ISSUER
    assert document["validFrom"] == document["awardedDate"] == "2016-03-04T09:00:00Z"
    assert document["validUntil"] == "2018-03-04T09:00:00Z"
    assert document["credentialSubject"]["achievement"] == an_achievement()


def test_a_reissued_credential_keeps_the_first_award() -> None:
    document = a_credential(awarded_at=datetime(2015, 1, 1, tzinfo=UTC))
    assert document["awardedDate"] == "2015-01-01T00:00:00Z"
    assert document["validFrom"] == "2016-03-04T09:00:00Z"
    assert "validUntil" not in document


def test_a_status_entry_has_an_id_of_its_own_and_its_index_as_text() -> None:
    assert a_credential()["credentialStatus"] == {
        "id": f"{LIST}#4711",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "4711",
        "statusListCredential": LIST,
    }


def test_a_learner_without_a_did_gets_the_minted_urn() -> None:
    subject = a_credential()["credentialSubject"]
    assert subject["id"] == "urn:uuid:0b5c3f6e-8f0e-4d2c-9f7e-6a3f0d9b1c11"
    assert "identifier" not in subject


def test_an_email_address_is_there_as_a_salted_hash_only() -> None:
    facts = SubjectFacts("urn:uuid:1", "did:key:z6MkLearner", HashedEmail("sha256$ff", "pepper"))
    subject = a_credential(subject=facts)["credentialSubject"]
    assert subject["id"] == "did:key:z6MkLearner"
    assert subject["identifier"] == [
        {
            "type": "IdentityObject",
            "identityType": "emailAddress",
            "hashed": True,
            "identityHash": "sha256$ff",
            "salt": "pepper",
        }
    ]


def test_the_activity_lasted_from_the_first_act_to_the_last() -> None:
    subject = a_credential()["credentialSubject"]
    assert subject["activityStartDate"] == "2016-01-22T09:00:00Z"
    assert subject["activityEndDate"] == "2016-03-01T23:59:59Z"


def test_results_say_what_was_completed_and_how_well() -> None:
    assert a_credential()["credentialSubject"]["result"] == [
        {"type": ["Result"], "resultDescription": f"{URL}#rd-content/working-open", "status": "Completed"},
        {
            "type": ["Result"],
            "resultDescription": f"{URL}#rd-content/empowering-teams",
            "status": "Completed",
        },
        {
            "type": ["Result"],
            "resultDescription": f"{URL}#rd-community-project",
            "achievedLevel": f"{URL}#lv-community-project:outcome:achieved",
        },
        {"type": ["Result"], "resultDescription": f"{URL}#rd-choice", "status": "Completed"},
    ]


def test_the_highest_level_that_was_seen_is_the_result() -> None:
    levels = (LevelReached("project-outcomes@1.0.0", "outcome", "lasting"), *LEVELS)
    definition, evidence = a_passport(), reports()
    facts = some_facts(evidence)
    raised = tuple(replace(row, levels=levels) if row.levels else row for row in facts.evidence)
    document = build_credential(
        complete(definition, evidence, levels), an_achievement(definition), replace(facts, evidence=raised)
    )
    assert document["credentialSubject"]["result"][2]["achievedLevel"].endswith(":lasting")


def test_a_node_that_nobody_had_to_meet_has_no_result() -> None:
    rule = {
        "key": "root",
        "n_of": {
            "n": 1,
            "from": [
                {"key": "met", "event": {}, "result": {"type": "Status"}},
                {"key": "unmet", "choice": {}, "result": {"type": "Status"}},
            ],
        },
    }
    definition = a_passport(rule=rule)
    evidence = {
        f"{UUID}9": read_report(
            {"kind": "attendance", "title": "Summit", "event": "summit", "occurred_at": "2016-02-01"}
        )
    }
    document = build_credential(
        complete(definition, evidence), an_achievement(definition), some_facts(evidence)
    )
    results = document["credentialSubject"]["result"]
    assert [result["resultDescription"] for result in results] == [f"{URL}#rd-met"]


def test_a_level_that_no_row_carries_is_not_claimed() -> None:
    evidence = reports()
    facts = some_facts(evidence)
    bare = tuple(replace(row, levels=()) for row in facts.evidence)
    definition = a_passport()
    document = build_credential(
        complete(definition, evidence), an_achievement(definition), replace(facts, evidence=bare)
    )
    assert not any("achievedLevel" in result for result in document["credentialSubject"]["result"])


# What is public -------------------------------------------------------------------------------------


def test_private_evidence_is_counted_and_nothing_of_it_is_told() -> None:
    document = a_credential()
    assert document["evidence"] == [
        {
            "type": ["Evidence"],
            "name": "4 pieces of evidence",
            "narrative": "Accepted and kept by the issuer, not public: attendance (2), experience (1), "
            "learning log (1).",
        }
    ]
    text = json.dumps(document)
    for private in ("coding club", "governance", "private", "Rita Reviewer", UUID, "Session on"):
        assert private not in text


def test_public_evidence_stands_with_its_address_and_the_rest_is_summed_up() -> None:
    club, rest = a_credential(reports(experience=PUBLIC))["evidence"]
    assert club == {
        "id": "https://club.example/report",
        "type": ["Evidence"],
        "name": "Library coding club",
        "description": "Forty children learned to code.",
        "genre": "experience",
    }
    assert rest["name"] == "3 further pieces of evidence"


def test_without_private_evidence_there_is_no_summary() -> None:
    shown = {"visibility": "public"}
    evidence = a_credential(reports(experience=shown, attendance=shown, learning_log=shown))["evidence"]
    assert [entry["id"] for entry in evidence] == [f"urn:uuid:{UUID}{number}" for number in (1, 2, 3, 4)]
    assert "description" not in evidence[0]


def test_one_private_piece_is_one_piece() -> None:
    shown = {"visibility": "public"}
    summary = a_credential(reports(experience=shown, attendance=shown))["evidence"][-1]
    assert summary["name"] == "1 further piece of evidence"


def test_evidence_cannot_speak_about_another_thing_in_the_credential() -> None:
    for taken in (
        ISSUER["id"],
        URL,
        f"{URL}#rd-choice",
        LIST,
        "https://passports.example/credentials/c0ffee",
    ):
        disguised = replace(reports(experience=PUBLIC)[f"{UUID}3"], url=taken)
        evidence = reports() | {f"{UUID}3": disguised}
        assert a_credential(evidence)["evidence"][0]["id"] == f"urn:uuid:{UUID}3"


def test_an_address_that_could_not_be_signed_is_left_out() -> None:
    broken = replace(reports(experience=PUBLIC)[f"{UUID}3"], url="https://club.example/a b")
    assert a_credential(reports() | {f"{UUID}3": broken})["evidence"][0]["id"] == f"urn:uuid:{UUID}3"


def test_two_pieces_with_one_address_stay_two() -> None:
    document = a_credential(reports(attendance=PUBLIC))
    assert [entry.get("id") for entry in document["evidence"]] == [
        "https://club.example/report",
        f"urn:uuid:{UUID}2",
        None,
    ]
    canonize(document)


def test_a_very_long_description_is_cut() -> None:
    document = a_credential(reports(experience=PUBLIC | {"description": "word " * 3000}))
    description = document["evidence"][0]["description"]
    assert len(description) <= 2000
    assert description.endswith("word…")


def test_only_so_much_evidence_is_listed() -> None:
    definition = a_passport(rule={"key": "leaf", "event": {"count": 60}})
    evidence = {
        f"{UUID[:-2]}{number}": read_report(
            {
                "kind": "attendance",
                "title": f"Meeting {number}",
                "event": f"meeting-{number}",
                "occurred_at": "2016-02-01",
                "visibility": "public",
            }
        )
        for number in range(100, 160)
    }
    document = build_credential(
        complete(definition, evidence), an_achievement(definition), some_facts(evidence)
    )
    assert len(document["evidence"]) == 51
    assert document["evidence"][-1]["name"] == "10 further pieces of evidence"
    canonize(document)


# What cannot be built -------------------------------------------------------------------------------


def test_there_is_no_completion_of_what_is_incomplete() -> None:
    evidence = reports()
    del evidence[f"{UUID}3"]
    with pytest.raises(NotCompleteError):
        complete(a_passport(), evidence)


def test_a_completion_earns_its_own_version_only() -> None:
    evidence = reports()
    later = an_achievement(a_passport(version="2.0.0"))
    with pytest.raises(ValueError, match=r"is not what community-leadership 1\.0\.0 earns"):
        build_credential(complete(a_passport(), evidence), later, some_facts(evidence))


def test_a_part_does_not_earn_the_whole() -> None:
    evidence = reports()
    part = replace(complete(a_passport(), evidence), milestone="experience")
    with pytest.raises(ValueError, match="is not what community-leadership~experience"):
        build_credential(part, an_achievement(), some_facts(evidence))


def test_every_claimed_row_has_to_be_given() -> None:
    evidence = reports()
    facts = some_facts(evidence)
    with pytest.raises(ValueError, match=f"missing: {UUID}1"):
        build_credential(
            complete(a_passport(), evidence), an_achievement(), replace(facts, evidence=facts.evidence[1:])
        )


def test_unclaimed_rows_do_not_show() -> None:
    extra = {
        f"{UUID}8": read_report(
            {"kind": "artifact", "title": "Unused", "occurred_at": "2016-02-02", "visibility": "public"}
        )
    }
    document = a_credential(reports() | extra)
    assert "Unused" not in list(strings_of(document))


# When it ends ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2016-03-04T09:00:00", "P2Y", "2018-03-04T09:00:00"),
        ("2016-02-29T09:00:00", "P1Y", "2017-02-28T09:00:00"),
        ("2016-12-31T00:00:00", "P2M", "2017-02-28T00:00:00"),
        ("2016-03-04T09:00:00", "P1DT12H", "2016-03-05T21:00:00"),
        ("2016-03-04T09:00:00", "P9999Y", "9999-12-31T23:59:59"),
        ("9999-12-30T09:00:00", "P30D", "9999-12-31T23:59:59"),
    ],
)
def test_a_credential_lasts_by_the_calendar(start: str, duration: str, end: str) -> None:
    begun, over = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end))
    assert valid_until(begun, Duration.parse(duration)) == over


def test_without_a_duration_it_lasts_for_ever() -> None:
    assert valid_until(NOW, None) is None


def test_a_rule_that_shows_nothing_gives_no_results() -> None:
    definition = a_passport(rule={"key": "leaf", "event": {}})
    achievement = an_achievement(definition)
    evidence = {
        f"{UUID}9": read_report(
            {"kind": "attendance", "title": "Summit", "event": "summit", "occurred_at": "2016-02-01"}
        )
    }
    document = build_credential(complete(definition, evidence), achievement, some_facts(evidence))
    assert "result" not in document["credentialSubject"]
    check_schema(document)
