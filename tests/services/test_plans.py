"""Plans over a tenant that has something, and over one that has nothing."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import Base, read_transaction, transaction
from app.domain.actors import Actor, Role, Scope
from app.domain.bundles import Op
from app.domain.versions import OPEN, VersionState, VersionStatus
from app.errors import (
    ConflictOfInterestError,
    InsufficientScopeError,
    InUseError,
    InvalidPayloadError,
    LintFailedError,
    PlanStaleError,
    PreconditionFailedError,
)
from app.models import Definition, DefinitionVersion
from app.services import content, frameworks
from app.services.definitions import DefinitionKind, put_definition
from app.services.enrolments import EnrolmentOrder, enrol_learner
from app.services.exceptions import decide_exception, propose_exception
from app.services.exports import export_bundle, write_bundle
from app.services.impacts import Impact, OrphanedException
from app.services.plans import LIFETIME, Applied, Plan, PlanOrder, apply_plan, make_plan, read_order
from app.services.versions import VersionName, bring_version
from tests.ledgers import (
    ATTENDANCE,
    CONTENT,
    FRAMEWORK,
    NOW,
    PASSPORT,
    RUBRIC,
    SITE,
    actor_of,
    make_issuer,
    make_learner,
    open_ledger,
)

BUNDLE: dict[str, Any] = {
    "frameworks": [{"key": "participation-leadership", **FRAMEWORK}],
    "rubrics": [{"key": "project-outcomes", **RUBRIC}],
    "content": [{"key": "open-by-design", **CONTENT}],
    "approvals": [{"content": "open-by-design", "from": "2016-01-01"}],
    "passports": [{"key": "small", **PASSPORT}],
}


@pytest.fixture
def author(engine: Engine) -> Actor:
    with transaction(engine) as session:
        return actor_of(make_issuer(session), Role.ADMINISTRATOR, "ines")


def somebody_else(actor: Actor) -> Actor:
    return replace(actor, subject="ben")


def plan(engine: Engine, actor: Actor, bundle: dict[str, Any], *, prune: bool = False) -> Plan:
    with read_transaction(engine) as session:
        order = PlanOrder({"bundle.json": bundle}, prune)
        return make_plan(session, actor, order, site=SITE, now=NOW)


def apply(engine: Engine, actor: Actor, made: Plan) -> Applied:
    assert made.plan is not None, made.findings
    with transaction(engine) as session:
        return apply_plan(session, actor, made.plan, site=SITE, now=NOW)


def rows(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def with_passport(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (whatever the test writes)
    changed = copy.deepcopy(BUNDLE)
    changed["passports"][0] |= changes
    return changed


def test_a_plan_shows_everything_and_writes_nothing(engine: Engine, author: Actor) -> None:
    with read_transaction(engine) as session:
        before = rows(session)
    made = plan(engine, author, BUNDLE)
    assert made.summary == {Op.CREATE: 5}
    assert [change.kind for change in made.changes] == list(BUNDLE)
    assert made.plan is not None
    with read_transaction(engine) as session:
        assert rows(session) == before


def test_applying_a_plan_twice_changes_nothing_the_second_time(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, BUNDLE)
    applied = apply(engine, somebody_else(author), made)
    assert applied.changed
    with read_transaction(engine) as session:
        before = rows(session)
        published = set(session.scalars(select(DefinitionVersion.key)))
    assert published == {"participation-leadership", "project-outcomes", "small"}
    again = apply(engine, somebody_else(author), made)
    assert (again.changed, again.summary) == (False, {Op.UNCHANGED: 5})
    with read_transaction(engine) as session:
        assert rows(session) == before
    assert plan(engine, author, BUNDLE).summary == {Op.UNCHANGED: 5}


def test_whoever_planned_wrote_it_so_that_somebody_else_has_to_approve(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, BUNDLE)
    with pytest.raises(ConflictOfInterestError, match="ines wrote on this content"):
        apply(engine, author, made)
    with read_transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Definition)) == 0
    apply(engine, somebody_else(author), made)
    with read_transaction(engine) as session:
        assert set(session.scalars(select(Definition.updated_by))) == {"ines"}


@pytest.mark.parametrize("missing", [Scope.DEFINITIONS_PUBLISH, Scope.CONTENT_APPROVE])
def test_whoever_applies_needs_the_scope_of_each_step(engine: Engine, author: Actor, missing: Scope) -> None:
    made = plan(engine, author, BUNDLE)
    actor = somebody_else(author)
    with pytest.raises(InsufficientScopeError, match=missing):
        apply(engine, replace(actor, scopes=actor.scopes - {missing}), made)


def test_a_plan_is_stale_once_something_was_scripted(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, BUNDLE)
    with transaction(engine) as session:
        put_definition(session, author, (frameworks.NOUN, "another-one", FRAMEWORK), now=NOW)
    with pytest.raises(PlanStaleError, match="scripted after"):
        apply(engine, somebody_else(author), made)


def test_a_plan_grows_old(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, BUNDLE)
    assert made.plan is not None
    late = NOW + LIFETIME + timedelta(seconds=1)
    with pytest.raises(PlanStaleError, match="older than 7 days"), transaction(engine) as session:
        apply_plan(session, author, made.plan, site=SITE, now=late)


def test_a_plan_of_others_or_a_changed_one_is_none(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, BUNDLE)
    assert made.plan is not None
    with transaction(engine) as session:
        stranger = actor_of(make_issuer(session, "strangers"), Role.ADMINISTRATOR, "zoe")
    respelled = (f"{made.plan}\n", made.plan.replace("_", "/").replace("-", "+") + " ", f"{made.plan}====")
    for actor, text in (
        (stranger, made.plan),
        *((author, each) for each in (made.plan[:-8], "é", "AA==", *respelled)),
    ):
        with pytest.raises(InvalidPayloadError, match="no plan that this service made"):
            apply(engine, actor, replace(made, plan=text))


def test_a_plan_can_be_looked_at_by_somebody_else(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, BUNDLE)
    with read_transaction(engine) as session:
        reader = somebody_else(author)
        order = read_order({"plan": made.plan}, reader, prune=False, site=SITE, now=NOW)
        assert make_plan(session, reader, order, site=SITE, now=NOW) == made


def test_a_changed_version_needs_a_new_number(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    changed = plan(engine, author, with_passport(title="Renamed"))
    assert changed.plan is None
    assert [finding.code for finding in changed.findings if finding.severity == "error"] == ["version_exists"]
    new = plan(engine, author, with_passport(title="Renamed", version="1.0.1"))
    (publish,) = [change for change in new.changes if change.op is Op.PUBLISH]
    assert [(each.pointer, each.before, each.after) for each in publish.diff] == [
        ("/version", "1.0.0", "1.0.1"),
        ("/title", "Small Passport", "Renamed"),
    ]
    assert apply(engine, author, new).summary == {Op.PUBLISH: 1, Op.UNCHANGED: 4}


def test_the_same_words_in_another_spelling_are_no_change(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    spelled = with_passport(double_counting="forbid", migration="offer")
    assert plan(engine, author, spelled).summary == {Op.UNCHANGED: 5}


def test_what_lint_refuses_keeps_the_bundle_from_being_applied(engine: Engine, author: Actor) -> None:
    without = {name: each for name, each in BUNDLE.items() if name != "approvals"}
    made = plan(engine, author, without)
    assert made.plan is None
    assert "no_route" in [finding.code for finding in made.findings]


def test_an_approval_of_nothing_is_named(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, {"approvals": [{"content": "open-by-desing", "from": "2016-01-01"}]})
    assert [finding.code for finding in made.findings] == ["unknown_reference"]


# Impact ---------------------------------------------------------------------------------------------


def test_a_plan_says_whom_a_new_version_would_affect(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        lms = ledger.actor(Role.INTEGRATION)
        ben = make_learner(session, ledger.issuer, "ben-02")
        enrol_learner(session, lms, EnrolmentOrder(ben.id, "small"), now=NOW)
        ledger.submit(session, lms, ATTENDANCE)
        author = ledger.actor(Role.ADMINISTRATOR)
    rule = PASSPORT["rule"]["all_of"]
    more = {**rule[1], "key": "second-project"}
    changed = {"key": "small", **PASSPORT, "version": "2.0.0"}
    harder = {**changed, "rule": {"key": "root", "all_of": [*rule, more]}}
    made = plan(engine, author, {"passports": [harder]})
    assert made.impact["small@2.0.0"] == Impact(2, 2, 0, 2, (), ())
    easier = {**changed, "rule": {"key": "root", "all_of": rule[:1]}}
    easier["sections"] = {**PASSPORT["sections"], "experience": {"omit_reason": "a smaller one"}}
    with transaction(engine) as session:
        waiver = {"kind": "waive", "node": "project", "reason": "did it elsewhere"}
        proposed, _ = propose_exception(session, author, ledger.enrolment.id, waiver, now=NOW)
        place = (ledger.enrolment.id, proposed.id)
        decide_exception(session, somebody_else(author), place, "granted", "as agreed", now=NOW)
    made = plan(engine, author, {"passports": [easier]})
    lost = OrphanedException(ledger.enrolment.id, proposed.id, "waive", "project")
    assert made.impact["small@2.0.0"] == Impact(2, 2, 0, 0, (lost,), ("project",))
    moved = {**easier, "moved": {"project": "session"}}
    made = plan(engine, author, {"passports": [moved]})
    assert made.impact["small@2.0.0"] == Impact(2, 2, 0, 0, (), ())


# Every kind -----------------------------------------------------------------------------------------

EVERYTHING: dict[str, Any] = {
    "vocabularies": [{"key": "topic", "terms": [{"key": "open-source", "label": {"en": "Open source"}}]}],
    "hubs": [
        {"key": "lamps", "name": "Lamps", "parent": "things"},
        {"key": "things", "name": "Things", "parent": "science"},
        {"key": "science", "name": "Science"},
    ],
    "frameworks": BUNDLE["frameworks"],
    "forms": [
        {
            "key": "project-report",
            "version": "1",
            "title": "Report",
            "schema": {"type": "object", "properties": {"summary": {"type": "string"}}},
        }
    ],
    "crosswalks": [
        {
            "key": "to-itself",
            "title": "Links",
            "links": [
                {
                    "from": "participation-leadership@0.1/working-open",
                    "to": "participation-leadership@0.1/personal-leadership",
                    "relation": "related",
                }
            ],
        }
    ],
    "content": [{"key": "talk", **CONTENT, "topics": ["open-source"]}],
    "approvals": [{"content": "talk", "from": "2016-01-01", "hub": "things"}],
    "opportunities": [{"key": "docs", "title": "Write docs", "hub": "lamps"}],
    "trusted-lists": [{"key": "partners", "title": "Partners", "issuers": ["did:web:partner.example"]}],
}


def test_each_kind_is_applied_and_exported(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, EVERYTHING)
    assert list(dict.fromkeys(change.kind for change in made.changes)) == list(EVERYTHING)
    apply(engine, somebody_else(author), made)
    assert plan(engine, author, EVERYTHING).summary == {Op.UNCHANGED: 11}
    text = exported(engine, author)
    assert set(plan_text(engine, author, "all.yaml", text).summary) == {Op.UNCHANGED}


def test_what_is_referred_to_has_to_be_there_or_in_the_bundle(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, {"crosswalks": EVERYTHING["crosswalks"]})
    assert [finding.code for finding in made.findings] == ["unknown_reference"] * 2


def test_hubs_are_put_from_the_top_down(engine: Engine, author: Actor) -> None:
    made = plan(engine, author, EVERYTHING)
    assert [each.key for each in made.changes if each.kind == "hubs"] == ["science", "things", "lamps"]
    apply(engine, somebody_else(author), made)
    turned = [
        {"key": "science", "name": "Science", "parent": "lamps"},
        {"key": "things", "name": "Things"},
    ]
    apply(engine, author, plan(engine, author, {"hubs": turned}))
    assert plan(engine, author, {"hubs": turned}).summary == {Op.UNCHANGED: 2}


def test_a_hub_that_would_be_below_itself_or_below_nothing_is_named(engine: Engine, author: Actor) -> None:
    apply(engine, author, plan(engine, author, {"hubs": EVERYTHING["hubs"]}))
    hubs = [
        {"key": "science", "name": "Science", "parent": "lamps"},
        {"key": "mozfest", "name": "MozFest", "parent": "sciense"},
    ]
    made = plan(engine, author, {"hubs": hubs})
    assert made.plan is None
    assert {(each.pointer, each.code) for each in made.findings} == {
        ("/hubs/0/parent", "cycle"),
        ("/hubs/1/parent", "unknown_reference"),
    }


def test_words_and_hubs_that_are_not_known_are_found_with_what_may_be_meant(
    engine: Engine, author: Actor
) -> None:
    bundle = {
        "vocabularies": EVERYTHING["vocabularies"],
        "hubs": [{"key": "science", "name": "Science"}],
        "content": [{"key": "talk", **CONTENT, "topics": ["open-sauce"]}],
        "approvals": [{"content": "talk", "from": "2016-01-01", "hub": "sciense"}],
        "opportunities": [{"key": "docs", "title": "Docs", "hub": "sciense", "topics": ["open-sauce"]}],
    }
    bundle["frameworks"] = BUNDLE["frameworks"]
    found = {(each.pointer, each.code, each.hint) for each in plan(engine, author, bundle).findings}
    assert found == {
        ("/content/0/topics", "unknown_term", "Did you mean 'open-source'?"),
        ("/approvals/0/hub", "unknown_reference", "Did you mean 'science'?"),
        ("/opportunities/0/hub", "unknown_reference", "Did you mean 'science'?"),
        ("/opportunities/0/topics", "unknown_term", "Did you mean 'open-source'?"),
    }


# Export ---------------------------------------------------------------------------------------------


def exported(engine: Engine, actor: Actor, *, as_yaml: bool = True, **chosen: Any) -> str:  # noqa: ANN401 (a selection)
    with read_transaction(engine) as session:
        bundle = export_bundle(session, actor, chosen.get("kinds", ()), chosen.get("keys", ()))
        return write_bundle(bundle, as_yaml=as_yaml)


def plan_text(engine: Engine, actor: Actor, name: str, text: str) -> Plan:
    with read_transaction(engine) as session:
        return make_plan(session, actor, PlanOrder({name: text}), site=SITE, now=NOW)


@pytest.mark.parametrize("as_yaml", [True, False])
def test_an_export_plans_no_change_and_makes_the_same_tenant_again(
    engine: Engine, author: Actor, *, as_yaml: bool
) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    newer = with_passport(title="Second", version="1.1.0")
    newer["drafts"] = {"rubrics": [{"key": "project-outcomes", **RUBRIC, "version": "2.0.0"}]}
    apply(engine, somebody_else(author), plan(engine, author, newer))

    name = "bundle.yaml" if as_yaml else "bundle.json"
    text = exported(engine, author, as_yaml=as_yaml)
    assert set(plan_text(engine, author, name, text).summary) == {Op.UNCHANGED}
    with transaction(engine) as session:
        another = actor_of(make_issuer(session, "another"), Role.ADMINISTRATOR, "ines")
    apply(engine, somebody_else(another), plan_text(engine, another, name, text))
    assert exported(engine, another, as_yaml=as_yaml) == text
    assert set(plan_text(engine, another, name, text).summary) == {Op.UNCHANGED}


def closed(status: str, version: str, **members: object) -> dict[str, Any]:
    return {"passports": [{"key": "small", **PASSPORT, "version": version, "status": status, **members}]}


def test_an_export_says_which_versions_are_closed_and_a_restored_one_takes_them_for_what_they_are(
    engine: Engine, author: Actor
) -> None:
    """The last day of one is over, and so is the day on which another moved everybody."""
    admin = somebody_else(author)
    apply(engine, admin, plan(engine, author, BUNDLE))
    forced = {"mode": "force", "on": "2016-04-01", "reason": "the law changes"}
    apply(engine, admin, plan(engine, author, with_passport(version="2.0.0", migration=forced)))
    retired = plan(engine, author, closed("retired", "1.0.0", retires_at="2016-02-25"))
    assert retired.summary == {Op.UNCHANGED: 1, Op.RETIRE: 1}
    assert retired.closings["small@1.0.0"].successor == "2.0.0"
    assert apply(engine, admin, retired).changed
    assert not apply(engine, admin, retired).changed
    third = plan(engine, author, closed("deprecated", "3.0.0"))
    assert third.summary == {Op.PUBLISH: 1, Op.DEPRECATE: 1}
    apply(engine, admin, third)

    text = exported(engine, author)
    assert text.count("status: deprecated") == text.count("status: retired") == 1
    assert plan_text(engine, author, "b.yaml", text).findings == ()
    with transaction(engine) as session:
        another = actor_of(make_issuer(session, "another"), Role.ADMINISTRATOR, "ines")
    years_later = NOW + timedelta(days=900)
    with read_transaction(engine) as session:
        made = make_plan(session, another, PlanOrder({"b.yaml": text}), site=SITE, now=years_later)
    with transaction(engine) as session:
        apply_plan(session, somebody_else(another), str(made.plan), site=SITE, now=years_later)
    assert exported(engine, another) == text
    assert set(plan_text(engine, another, "b.yaml", text).summary) == {Op.UNCHANGED}


def test_a_plan_says_what_becomes_of_those_on_a_version_that_is_closed(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        author = ledger.actor(Role.ADMINISTRATOR)
    made = plan(engine, author, closed("retired", "1.0.0", retires_at="2030-01-31"))
    (closing,) = made.closings.values()
    assert (closing.status, closing.enrolled, closing.successor) == ("retired", 1, None)
    over = plan(engine, author, closed("retired", "1.0.0", retires_at="2016-02-25"))
    assert over.plan is None
    assert [(each.pointer, each.detail) for each in over.findings] == [
        (
            "/passports/0/retires_at",
            "1 learner is under way on small 1.0.0, and 2016-02-25T00:00:00Z is over.",
        )
    ]
    apply(engine, author, made)
    with transaction(engine) as session:
        later = make_learner(session, ledger.issuer, "ben-02")
        order = EnrolmentOrder(later.id, "small")
        with pytest.raises(InvalidPayloadError):
            enrol_learner(session, ledger.actor(Role.INTEGRATION), order, now=NOW)
    older = plan(engine, author, closed("deprecated", "1.0.0"))
    assert (older.summary, [each.code for each in older.findings]) == ({Op.UNCHANGED: 1}, ["older_state"])


def test_whoever_closes_a_version_by_plan_may_publish(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    weak = replace(author, scopes=author.scopes - {Scope.DEFINITIONS_PUBLISH})
    made = plan(engine, weak, closed("deprecated", "1.0.0"))
    with pytest.raises(InsufficientScopeError):
        apply(engine, weak, made)


def test_a_state_that_changed_in_this_very_moment_is_left_to_a_new_plan(session: Session) -> None:
    ledger = open_ledger(session)
    admin = ledger.actor(Role.ADMINISTRATOR)
    name, deprecated = (
        VersionName(DefinitionKind.PASSPORT, "small", "1.0.0"),
        VersionState(VersionStatus.DEPRECATED),
    )
    over = VersionState(VersionStatus.RETIRED, NOW - timedelta(days=1))
    for wanted, seen in ((over, OPEN), (deprecated, deprecated)):
        with pytest.raises(PreconditionFailedError):
            bring_version(session, admin, name, wanted, seen=seen, now=NOW)
    bring_version(session, admin, name, deprecated, seen=OPEN, now=NOW)


def test_a_part_can_be_exported(engine: Engine, author: Actor) -> None:
    assert exported(engine, author) == ""
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    assert list(plan_text(engine, author, "x.yaml", exported(engine, author, kinds=["content"])).changes)
    chosen = exported(engine, author, keys=["open-by-design"])
    made = plan_text(engine, author, "x.yaml", chosen)
    assert [(change.kind, change.op) for change in made.changes] == [
        ("content", Op.UNCHANGED),
        ("approvals", Op.UNCHANGED),
    ]


# Pruning --------------------------------------------------------------------------------------------


def test_only_what_nothing_needs_is_pruned(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    draft = {"drafts": {"frameworks": [{"key": "unused", **FRAMEWORK}]}}
    apply(engine, author, plan(engine, author, draft))
    assert set(plan(engine, author, BUNDLE).summary) == {Op.UNCHANGED}
    made = plan(engine, author, BUNDLE, prune=True)
    assert made.summary == {Op.UNCHANGED: 5, Op.PRUNE: 1}
    apply(engine, author, made)
    with read_transaction(engine) as session:
        assert "unused" not in set(session.scalars(select(Definition.key)))


def test_what_is_in_use_is_not_pruned_and_says_by_what(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    made = plan(engine, author, {"frameworks": BUNDLE["frameworks"]}, prune=True)
    assert made.plan is None
    found = {finding.detail for finding in made.findings}
    assert any("its approval from 2016-01-01" in detail for detail in found)
    assert any("the passport small 1.0.0" in detail for detail in found)
    assert any("its published version 1.0.0" in detail for detail in found)


def test_a_hub_in_use_is_not_pruned(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, EVERYTHING))
    kept = {name: each for name, each in EVERYTHING.items() if name != "hubs"}
    made = plan(engine, author, kept, prune=True)
    found = [each.detail for each in made.findings if "(hubs)" in each.detail]
    assert found == [
        "lamps (hubs) is needed by docs (opportunities).",
        "things (hubs) is needed by talk 2016-01-01T00:00:00Z/.. for things (approvals).",
    ]
    unused = {
        "hubs": [{"key": "empty-one", "name": "E"}, {"key": "below", "name": "B", "parent": "empty-one"}]
    }
    apply(engine, author, plan(engine, author, unused))
    assert plan(engine, author, EVERYTHING, prune=True).summary[Op.PRUNE] == 2


def test_what_came_into_use_after_the_plan_is_not_pruned(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        author = ledger.actor(Role.ADMINISTRATOR, "ines")
        put_definition(session, author, (content.NOUN, "unused-talk", CONTENT), now=NOW)
    with read_transaction(engine) as session:
        there = export_bundle(session, author, (), ())
    there["content"] = [each for each in there["content"] if each["key"] != "unused-talk"]
    made = plan(engine, author, there, prune=True)
    assert made.summary[Op.PRUNE] == 1
    with transaction(engine) as session:
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE, content="unused-talk")
    with pytest.raises(InUseError) as refusal:
        apply(engine, author, made)
    assert "evidence that learners have" in refusal.value.faults[0].detail


def test_what_was_in_time_for_the_plan_may_be_late_when_it_is_applied(engine: Engine, author: Actor) -> None:
    apply(engine, somebody_else(author), plan(engine, author, BUNDLE))
    forced = {"mode": "force", "on": "2016-04-01", "reason": "the law changes"}
    made = plan(engine, author, with_passport(version="2.0.0", migration=forced))
    assert made.plan is not None
    with pytest.raises(LintFailedError) as refusal, transaction(engine) as session:
        apply_plan(session, author, made.plan, site=SITE, now=NOW + timedelta(days=6))
    assert [fault.code for fault in refusal.value.faults] == ["grace_too_short"]
    assert refusal.value.faults[0].detail.startswith("bundle.json: ")
