import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.domain.achievements import (
    AchievementPlace,
    ClaimedEvidence,
    CredentialFacts,
    HashedEmail,
    SubjectFacts,
    build_achievement,
    build_credential,
    building_blocks,
    describe_criteria,
    issuer_profile,
    valid_until,
)
from app.domain.evidence import EvidenceReport, read_report
from app.domain.instants import Duration
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import LevelReached
from app.errors import NotCompleteError
from app.signing.jsonld import canonize
from app.signing.lint import lint_document
from tests.domain.community_leadership import (
    BLOCKS,
    CATALOGUE,
    DOCUMENT,
    FRAMEWORK,
    LEVELS,
    NOW,
    UUID,
    a_passport,
    complete,
    reports,
)

URL = "https://passports.example/achievements/community-leadership/1.0.0"
PLACE = AchievementPlace(
    URL, {FRAMEWORK.ref: "https://passports.example/frameworks/participation-leadership/0.1"}
)
LIST = "https://passports.example/status-lists/7f"
ISSUER = issuer_profile(
    did="did:web:passports.example:issuers:network",
    name="Open Network",
    url="https://network.example",
    description="We learn together.",
    email="hello@network.example",
    image="https://network.example/logo.png",
)
SCHEMAS = Path(__file__).parents[2].parent / "shared" / "data" / "open-badges-3" / "schemas"
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
PUBLIC = {"visibility": "public", "url": "https://club.example/report"}


def an_achievement(definition: PassportDefinition | None = None) -> dict[str, Any]:
    return build_achievement(definition or a_passport(), CATALOGUE, PLACE)


def some_facts(evidence: dict[str, EvidenceReport], **changes: Any) -> CredentialFacts:  # noqa: ANN401 (any member)
    facts = CredentialFacts(
        url="https://passports.example/credentials/c0ffee",
        issuer=ISSUER,
        subject=SubjectFacts("urn:uuid:0b5c3f6e-8f0e-4d2c-9f7e-6a3f0d9b1c11"),
        valid_from=NOW,
        valid_until=None,
        status_list=LIST,
        status_index=4711,
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


# The achievement ------------------------------------------------------------------------------------


def test_an_achievement_is_the_version_that_was_published() -> None:
    achievement = an_achievement()
    assert achievement["id"] == URL
    assert achievement["type"] == ["Achievement"]
    assert (achievement["humanCode"], achievement["version"]) == ("community-leadership", "1.0.0")
    assert achievement["name"] == "Community Leadership Passport"
    assert achievement["criteria"] == {
        "id": f"{URL}/criteria",
        "narrative": describe_criteria(a_passport(), CATALOGUE),
    }
    assert achievement["image"]["id"] == f"{URL}/image.png"
    assert achievement["image"]["type"] == "Image"
    assert "tag" not in achievement


def test_the_authors_description_and_tags_are_taken_over() -> None:
    achievement = an_achievement(a_passport(description="For those who lead.", tags=["leadership"]))
    assert achievement["description"] == "For those who lead."
    assert achievement["tag"] == ["leadership"]
    assert "Community Leadership Passport" in an_achievement()["description"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Certificate"),
        ({"valid_for": "P2Y"}, "Certification"),
        ({"issue": {"achievement_type": "MicroCredential"}, "valid_for": "P2Y"}, "MicroCredential"),
        ({"issue": {"achievement_type": "ext:LeadershipPassport"}}, "ext:LeadershipPassport"),
    ],
)
def test_what_expires_is_a_certification(changes: dict[str, object], expected: str) -> None:
    assert an_achievement(a_passport(**changes))["achievementType"] == expected


def test_every_covered_item_is_aligned_with_its_page() -> None:
    alignments = an_achievement()["alignment"]
    assert [alignment["targetName"] for alignment in alignments] == list(BLOCKS.values())
    assert alignments[0] == {
        "type": ["Alignment"],
        "targetName": "Working Open",
        "targetCode": "working-open",
        "targetFramework": "Participation Leadership Framework 0.1",
        "targetUrl": "https://passports.example/frameworks/participation-leadership/0.1#working-open",
        "targetDescription": "Shows the work while it is done.",
    }
    assert "targetDescription" not in alignments[1]


def test_an_item_covered_twice_is_aligned_once() -> None:
    coverage = DOCUMENT["rule"]["all_of"][0]["coverage"]
    rule = {"key": "root", "all_of": [{"key": key, "coverage": coverage} for key in ("once", "again")]}
    achievement = an_achievement(a_passport(rule=rule))
    assert len(achievement["alignment"]) == len(BLOCKS)
    assert len(achievement["resultDescription"]) == 2 * len(BLOCKS)


def test_each_item_and_each_shown_node_has_a_result_description() -> None:
    described = an_achievement()["resultDescription"]
    assert [(each["id"].removeprefix(URL), each["name"], each["resultType"]) for each in described] == [
        ("#rd-content/working-open", "Working Open", "Status"),
        ("#rd-content/empowering-teams", "Empowering Teams and People", "Status"),
        ("#rd-community-project", "Run a project in your community", "RubricCriterionLevel"),
        ("#rd-choice", "Learn something you chose", "Status"),
    ]
    assert described[0]["alignment"][0]["targetCode"] == "working-open"


def test_rubric_levels_go_from_low_to_high_and_one_is_required() -> None:
    description = an_achievement()["resultDescription"][2]
    levels = description["rubricCriterionLevel"]
    assert [(level["name"], level["level"]) for level in levels] == [
        ("Started", "1"),
        ("Achieved", "2"),
        ("Lasting", "3"),
    ]
    assert levels[0]["description"] == "Something has begun."
    assert "description" not in levels[1]
    assert description["requiredLevel"] == levels[1]["id"] == f"{URL}#lv-community-project:outcome:achieved"


def test_a_rule_that_shows_and_covers_nothing_has_neither_results_nor_alignments() -> None:
    definition = a_passport(rule={"key": "leaf", "event": {}})
    achievement = an_achievement(definition)
    assert "alignment" not in achievement
    assert "resultDescription" not in achievement
    evidence = {
        f"{UUID}9": read_report(
            {"kind": "attendance", "title": "Summit", "event": "summit", "occurred_at": "2016-02-01"}
        )
    }
    document = build_credential(complete(definition, evidence), achievement, some_facts(evidence))
    assert "result" not in document["credentialSubject"]
    check_schema(document)


def test_the_badge_shows_the_blocks_or_else_the_parts_of_the_rule() -> None:
    assert building_blocks(a_passport()) == tuple(BLOCKS.values())
    parts = [{"key": "a", "title": "Meet", "event": {}}, {"key": "b", "event": {}}]
    assert building_blocks(a_passport(rule={"key": "root", "all_of": parts})) == ("Meet",)
    assert building_blocks(a_passport(rule={"key": "leaf", "title": "Meet", "event": {}})) == ("Meet",)


def test_a_node_without_a_title_is_shown_by_its_key() -> None:
    rule = {"key": "meeting", "event": {}, "result": {"type": "Status"}}
    assert an_achievement(a_passport(rule=rule))["resultDescription"][0]["name"] == "meeting"


# The issuer -----------------------------------------------------------------------------------------


def test_a_profile_leaves_out_what_the_issuer_does_not_say() -> None:
    assert issuer_profile(did="did:key:z6Mk", name="Open Network", url="https://network.example") == {
        "id": "did:key:z6Mk",
        "type": ["Profile"],
        "name": "Open Network",
        "url": "https://network.example",
    }
    assert ISSUER["image"] == {"id": "https://network.example/logo.png", "type": "Image"}


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
