import copy
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.errors import InvalidPayloadError, LintFailedError, VersionExistsError
from app.models import DefinitionVersion, Issuer
from app.services import passports, rubrics
from app.services.definitions import (
    DefinitionKind,
    Preconditions,
    load_definition,
    load_version,
    publish_definition,
    put_definition,
)
from app.services.evaluations import evaluate_enrolment
from app.services.passports import (
    load_catalogue,
    pinned_catalogue,
    read_published,
)
from tests.awards import complete, equip
from tests.ledgers import (
    NOW,
    PASSPORT,
    RUBRIC,
    SITE,
    actor_of,
    make_issuer,
    open_ledger,
    publish_definitions,
    publish_small_passport,
)

KIND = DefinitionKind.PASSPORT
RESULT = {"type": "RubricCriterionLevel", "rubric": "project-outcomes"}


@pytest.fixture
def issuer(session: Session) -> Issuer:
    issuer = make_issuer(session)
    publish_definitions(session, issuer)
    return issuer


@pytest.fixture
def author(issuer: Issuer) -> Actor:
    return actor_of(issuer, Role.AUTHOR)


def put(session: Session, author: Actor, **members: object) -> dict[str, Any]:
    return put_definition(
        session, author, (passports.NOUN, "small", PASSPORT | members), Preconditions(), now=NOW
    )[0].document


def publish(session: Session, author: Actor) -> tuple[DefinitionVersion, bool]:
    return publish_definition(session, author, passports.NOUN, "small", site=SITE, now=NOW)


def without(document: dict[str, Any], *path: str | int) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


def test_the_draft_is_kept_as_it_was_put(session: Session, author: Actor) -> None:
    put(session, author, description="As I wrote it.")
    kept = load_definition(session, author, KIND, "small").document
    assert kept == PASSPORT | {"key": "small", "description": "As I wrote it."}


def test_a_version_holds_its_normal_form_its_pins_and_its_achievement(
    session: Session, issuer: Issuer
) -> None:
    version = load_version(session, issuer.id, KIND, "small", "1.0.0")
    minimum = version.document["rule"]["all_of"][1]["experience"]["min_level"]
    assert minimum["rubric"] == "project-outcomes@1.0.0"
    assert [rubric["version"] for rubric in version.extras["rubrics"]] == ["1.0.0"]
    achievement = version.extras["achievement"]
    assert achievement["id"] == "https://passports.example.org/achievements/small/1.0.0"
    assert achievement["criteria"]["id"] == f"{achievement['id']}/criteria"
    assert achievement["image"]["id"] == f"{achievement['id']}/image.png"
    assert version.extras["image_svg"].startswith("<svg")
    assert (
        version.extras["draft_digest"]
        == load_definition(session, actor_of(issuer, Role.AUTHOR), KIND, "small").digest
    )


def test_publishing_again_gives_the_version_even_after_a_rubric_was_published(
    session: Session, author: Actor
) -> None:
    first = load_version(session, author.issuer_id, KIND, "small", "1.0.0")
    put_definition(
        session,
        author,
        (rubrics.NOUN, "project-outcomes", RUBRIC | {"version": "2.0.0"}),
        Preconditions(),
        now=NOW,
    )
    publish_definition(session, author, rubrics.NOUN, "project-outcomes", site=SITE, now=NOW)
    again, created = publish(session, author)
    assert (again.id, created) == (first.id, False)


def test_a_changed_draft_needs_a_new_version(session: Session, author: Actor) -> None:
    put(session, author, title="Another Passport")
    with pytest.raises(VersionExistsError):
        publish(session, author)
    put(session, author, title="Another Passport", version="1.1.0")
    version, created = publish(session, author)
    assert (created, version.version) == (True, "1.1.0")


def test_all_findings_are_told_at_their_place_in_the_draft(session: Session, author: Actor) -> None:
    rule = copy.deepcopy(PASSPORT["rule"])
    rule["all_of"][0]["content"]["keys"] = ["open-by-desing"]
    rule["all_of"][1]["experience"]["min_level"]["level"] = "finished"
    put(session, author, rule=rule, version="2.0.0", sections={})
    with pytest.raises(LintFailedError) as refusal:
        publish(session, author)
    pointers = {fault.pointer for fault in refusal.value.faults}
    assert "/rule/all_of/0/content/keys" in pointers
    assert any(pointer.startswith("/rule/all_of/1/experience/min_level") for pointer in pointers)
    assert len(refusal.value.faults) == 3  # and the section that nobody left out on purpose
    hints = [fault.hint for fault in refusal.value.faults if fault.hint]
    assert any("open-by-design" in hint for hint in hints)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (without(PASSPORT, "rule"), "/rule"),
        (without(PASSPORT, "rule", "all_of", 0, "key"), "/rule/all_of/0/key"),
        (PASSPORT | {"version": "one"}, "/version"),
        (PASSPORT | {"titel": "x"}, "/titel"),
        (PASSPORT | {"key": "other"}, "/key"),
    ],
)
def test_a_draft_that_is_no_passport_is_refused_where_it_is_wrong(
    session: Session, author: Actor, document: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        put_definition(session, author, (passports.NOUN, "small", document), now=NOW)
    assert pointer in {fault.pointer for fault in refusal.value.faults}


def test_an_enrolment_goes_by_what_its_version_pins(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        equip(session, ledger.issuer)
        author = ledger.actor(Role.AUTHOR)
        changed = copy.deepcopy(RUBRIC) | {"version": "2.0.0"}
        changed["criteria"][0]["levels"] = [{"key": "seen", "title": "Seen"}]
        put_definition(session, author, (rubrics.NOUN, "project-outcomes", changed), now=NOW)
        publish_definition(session, author, rubrics.NOUN, "project-outcomes", site=SITE, now=NOW)
        complete(session, ledger, rubric="project-outcomes@1.0.0")
        assert evaluate_enrolment(session, ledger.enrolment, now=NOW).complete
        version = session.get_one(DefinitionVersion, ledger.enrolment.passport_version_id)
        pinned = pinned_catalogue(version).rubrics["project-outcomes"]
        assert (
            pinned.version,
            load_catalogue(session, ledger.issuer.id).rubrics["project-outcomes"].version,
        ) == (
            "1.0.0",
            "2.0.0",
        )


def test_what_was_read_once_is_kept_by_the_versions_id(session: Session, author: Actor) -> None:
    first = load_version(session, author.issuer_id, KIND, "small", "1.0.0")
    put(session, author, title="Another Passport", version="1.1.0")
    second, _ = publish(session, author)
    kept = read_published(first)
    assert read_published(first) is kept
    session.expire(first)
    assert read_published(load_version(session, author.issuer_id, KIND, "small", "1.0.0")) is kept
    assert (kept.title, read_published(second).title) == ("Small Passport", "Another Passport")


def test_two_issuers_publish_the_same_passport_under_two_addresses(session: Session, issuer: Issuer) -> None:
    other = make_issuer(session, "elsewhere")
    publish_definitions(session, other)
    ours = load_version(session, issuer.id, KIND, "small", None)
    theirs = load_version(session, other.id, KIND, "small", None)
    assert ours.extras["achievement"]["id"].endswith("/achievements/small/1.0.0")
    assert theirs.extras["achievement"]["id"].endswith("/achievements/small.elsewhere/1.0.0")
    assert (ours.public_key, theirs.public_key) == ("small", "small.elsewhere")


def test_a_version_pins_each_framework_and_rubric_that_its_rule_names(
    session: Session, author: Actor
) -> None:
    rule: Any = {
        "key": "root",
        "all_of": [
            {
                "key": "blocks",
                "section": "content",
                "coverage": {
                    "framework": "participation-leadership@0.1",
                    "items": ["working-open"],
                    "each": {"content": {"keys": ["open-by-design"], "assurance": "attested"}},
                },
            },
            PASSPORT["rule"]["all_of"][1] | {"result": RESULT},
        ],
    }
    put(session, author, rule=rule, version="2.0.0")
    version, _ = publish(session, author)
    pins = {name: [each["version"] for each in version.extras[name]] for name in ("frameworks", "rubrics")}
    assert pins == {"frameworks": ["0.1"], "rubrics": ["1.0.0"]}
    [alignment] = version.extras["achievement"]["alignment"]
    page = "https://passports.example.org/frameworks/participation-leadership/0.1"
    assert alignment["targetUrl"] == f"{page}#working-open"


def test_lint_knows_what_the_renewals_of_published_passports_ask_for(
    session: Session, issuer: Issuer, author: Actor
) -> None:
    def renewed_with(passport: str) -> dict[str, Any]:
        return {"valid_for": "P1Y", "renewal": {"key": "again", "passport": {"passport": passport}}}

    publish_small_passport(session, issuer, "first", **renewed_with("second"))
    second = PASSPORT | renewed_with("first")
    found = passports.lint_draft(session, author, KIND, "second", second)
    assert (found.faults, [each.code for each in found.warnings]) == (
        (),
        ["no_online_route", "circular_renewal"],
    )
