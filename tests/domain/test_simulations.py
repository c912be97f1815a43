"""Simulations: what nobody stored, evaluated; exceptions and gates in the answer that people read."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from app.domain.digests import canonical
from app.domain.payloads import Faults, Payload
from app.domain.rules.exceptions import RuleException
from app.domain.rules.facts import Catalogue
from app.domain.rules.progress import completion
from app.domain.rules.row_documents import read_score
from app.domain.simulations import simulate
from app.errors import InvalidPayloadError, LintFailedError
from tests.domain.simulated import AT, NOTHING, answer, body, granted, leaf, node, reports, row

# Exceptions -----------------------------------------------------------------------------------------


def test_a_waived_node_asks_for_nothing_and_is_never_shown_as_met() -> None:
    document = body(
        leaf("one", template="a", count=3),
        leaf("two", template="b"),
        evidence=[row("ev_1", template="b"), row("ev_2", template="a")],
        exceptions=[granted("waive", "one", reason="done before", granted_by="officer")],
    )
    found = simulate(document, "test", None, NOTHING)
    assert (found.status, found.complete, found.needs_officer) == ("met", True, True)
    assert found.to_document(enrolment="e")["units"] == {"met": 1, "waived": 3, "pending": 0, "total": 4}
    assert found.to_document(enrolment="e")["issue"] == {"held_by": [], "needs_officer": True}
    assert node(document, "one")["status"] == "waived"
    assert completion(found) is not None
    assert found.unused_evidence[0].why_not == "“two”: its template is a; asked is b"


def test_a_rule_that_is_waived_as_a_whole_is_complete_and_never_issues_by_itself() -> None:
    document = body(leaf("one"), leaf("two"), evidence=[row("ev_1")], exceptions=[granted("waive", "root")])
    found = simulate(document, "test", None, NOTHING)
    assert (found.status, found.complete, found.needs_officer) == ("waived", True, True)
    assert found.unused_evidence[0].why_not == "everything that it could count for is waived"


@pytest.mark.parametrize(
    ("exception", "effective", "reason"),
    [
        (granted("waive", "one"), True, None),
        (granted("waive", "lost"), False, "no node has this key"),
        (granted("waive", "one", granted_at="2016-03-01"), False, "it is not granted yet"),
        (granted("waive", "one", expires_at="2016-02-01"), False, "it has expired"),
        (granted("adjust", "one", count=1), True, None),
        (granted("adjust", "one", count=2), False, "2 is not below 2"),
        (
            granted("adjust", "one", at_least=1),
            False,
            "only an amount has at_least; count is what can be lowered",
        ),
        (granted("adjust", "hours", at_least="1h"), True, None),
        (granted("adjust", "hours", at_least=120), False, "120 is not below 120"),
        (
            granted("adjust", "hours", count=1),
            False,
            "an amount has no count; at_least is what can be lowered",
        ),
        (granted("adjust", "root", count=1), False, "adjust is for leaves; this is a group"),
        (granted("adjust", "lost", count=1), False, "no node has this key"),
        (granted("substitute", "one", evidence="ev_2"), True, None),
        (granted("substitute", "one", evidence="ev_1"), False, "it fits without the exception"),
        (granted("substitute", "one", evidence="ev_3"), False, "its assurance is self; asked is attested"),
        (
            granted("substitute", "one", evidence="lost"),
            False,
            "this evidence is not accepted or under review",
        ),
        (granted("substitute", "root", evidence="ev_1"), False, "substitute is for leaves; this is a group"),
        (granted("allow", "one", where={"template": "b"}), True, None),
        (granted("allow", "one", where={"template": "z"}), False, "nothing to change yet"),
        (granted("pin", "one", evidence="ev_1"), True, None),
        (granted("pin", "one", evidence="ev_2"), False, "the evidence does not fit there"),
        (granted("pin", "two", evidence="ev_2"), False, "it fits nowhere else"),
    ],
)
def test_each_exception_says_whether_it_changed_anything(
    exception: dict[str, Any], *, effective: bool, reason: str | None
) -> None:
    document = body(
        leaf("one", template="a", count=2, assurance="attested"),
        leaf("two"),
        {"key": "hours", "amount": {"unit": "minutes", "at_least": "2h", "of": {}}},
        evidence=[row("ev_1", template="a"), row("ev_2", template="b"), row("ev_3", assurance="self")],
        exceptions=[exception],
    )
    assert reports(document) == [(effective, reason)]


def test_exceptions_below_a_waived_node_change_nothing() -> None:
    document = body(
        leaf("one", count=2),
        leaf("two"),
        evidence=[row("ev_1")],
        exceptions=[
            granted("waive", "root"),
            granted("waive", "one") | {"id": "x1"},
            granted("adjust", "one", count=1) | {"id": "x2"},
            granted("pin", "one", evidence="ev_1") | {"id": "x3"},
        ],
    )
    assert reports(document) == [
        (True, None),
        (False, "it is waived already"),
        (False, "the node is waived"),
        (False, "the node is waived"),
    ]


def test_allowing_widens_each_named_field_and_never_narrows() -> None:
    log = leaf("log", "choice", topics="iot", outcomes=["a", "b"], min_minutes=60, evidence="learning_log")
    short = row("ev_1", "artifact", topics=["rust"], outcomes=["a"], minutes=30)
    where = {"topics": "rust", "outcomes": ["a"], "min_minutes": 20, "kinds": ["artifact"], "tags": ["x"]}
    document = body(log, evidence=[short], exceptions=[granted("allow", "log", where=where)])
    assert (answer(document)["status"], reports(document)) == ("met", [(True, None)])
    anybody = body(
        leaf("log", "choice"),
        evidence=[row("ev_1", "rpl")],
        exceptions=[
            granted("allow", "log", where={"min_minutes": 5, "topics": ["iot"], "reflection": "required"})
        ],
    )
    assert reports(anybody) == [(False, "nothing to change yet")]


def test_an_adjusted_count_lowers_the_values_with_it() -> None:
    one = leaf("one", count=3, distinct={"by": "community", "at_least": 3})
    document = body(
        one,
        evidence=[row("ev_1", data={"community": "x"})],
        exceptions=[granted("adjust", "one", count=1)],
    )
    assert answer(document)["status"] == "met"


# Gates ----------------------------------------------------------------------------------------------

HELD = row("ev_9", "credential", passport="first", version="1.2.0")
BASE = {"key": "base", "title": "First", "passport": {"passport": "first", "version": ">=1 <3"}}


@pytest.mark.parametrize(
    ("mode", "status", "complete"),
    [("before_issue", "met", True), ("before_count", "blocked", False), ("before_enrol", "blocked", False)],
)
def test_a_closed_gate_blocks_or_holds_the_issue(mode: str, status: str, *, complete: bool) -> None:
    gate = {"mode": mode, "leaves": [BASE]}
    closed = body(leaf("one"), evidence=[row("ev_1"), HELD | {"status": "submitted"}], requires=gate)
    found = answer(closed)
    assert (found["status"], found["complete"], found["nodes"][0]["status"]) == (status, complete, status)
    assert (found["units"]["met"], found["gate"]["open"]) == (1, False)
    assert found.get("issue") == ({"held_by": ["base"], "needs_officer": False} if complete else None)
    opened = answer(body(leaf("one"), evidence=[row("ev_1"), HELD], requires=gate))
    assert (opened["status"], opened["complete"]) == ("met", True)
    assert opened["gate"]["leaves"][0]["evidence"] == ["ev_9"]
    waived = answer(closed | {"exceptions": [granted("waive", "base")]})
    assert (waived["status"], waived["gate"]["open"]) == ("met", True)


def test_what_another_credential_rests_on_is_left_out() -> None:
    used = [row("ev_1", frozen_in=["first"], claimed_in_progress_by=["other"])]
    found = answer(body(leaf("one"), evidence=used, exclude_evidence_used_by=["first"]))
    assert found["status"] == "unmet"
    assert found["unused_evidence"][0]["why_not"] == "the credential of first rests on it already"
    assert answer(body(leaf("one"), evidence=used, exclude_evidence_used_by=["third"]))["status"] == "met"


# Amounts and time -----------------------------------------------------------------------------------


def test_an_amount_says_what_it_came_to() -> None:
    hours = {
        "key": "hours",
        "amount": {"unit": "minutes", "at_least": "2h", "of": {}, "cap_per": {"by": "template", "max": "1h"}},
    }
    long = [row("ev_1", template="a", minutes=100), row("ev_2", minutes=30)]
    assert node(body(hours, evidence=long), "hours")["amount"] == {"unit": "minutes", "have": 90, "need": 120}
    (group,) = answer(body(hours, evidence=long))["shortfalls"]
    assert group["text"] == "hours: 1 hour and 30 minutes of 2 hours so far."
    assert completion(simulate(body(hours, evidence=long), "test", None, NOTHING)) is None
    for unit in ("points", "credits"):
        some = {"key": "some", "amount": {"unit": unit, "at_least": 5, "of": {"assurance": "attested"}}}
        done = simulate(body(some, evidence=[row("ev_1") | {unit: 5}]), "test", None, NOTHING)
        proof = completion(done)
        assert proof is not None
        assert proof.evidence == ("ev_1",)


def test_the_next_expiry_is_named() -> None:
    document = body(
        leaf("one", within="P2M"), leaf("two", "passport", passport="first"), evidence=[row("ev_1"), HELD]
    )
    assert answer(document)["expires_next"] == "2016-03-20T09:00:00Z"
    soon = HELD | {"valid_until": "2016-03-01T00:00:00Z"}
    document["evidence"] = [row("ev_1"), soon]
    assert answer(document)["expires_next"] == "2016-03-01T00:00:00Z"


def test_a_cap_is_told_with_what_is_missing() -> None:
    one = leaf("one", count=2, cap_per={"by": "template", "max": 1}, shared=True)
    same = [row("ev_1", template="a"), row("ev_2", template="a", status="submitted")]
    (group,) = answer(body(one, evidence=same))["shortfalls"]
    assert group["text"].endswith("At most 1 count for each template.")
    two = [row("ev_1", template="a", status="submitted")]
    assert answer(body(one, evidence=two))["next_steps"][-1]["kind"] == "wait_review"


# The document ---------------------------------------------------------------------------------------


def test_a_day_is_the_whole_day_in_its_zone() -> None:
    def status(**fields: Any) -> str:  # noqa: ANN401 (fields of a row)
        found: str = answer(
            body(
                leaf("one", after="2016-01-20T20:00:00Z", before="2016-01-20T23:00:00Z"),
                evidence=[row("e", **fields)],
            )
        )["status"]
        return found

    assert status(occurred_at="2016-01-20") == "met"
    assert status(occurred_at="2016-01-20", zone="Asia/Tokyo") == "unmet"
    assert status(occurred_at="2016-01-21", zone="Asia/Tokyo") == "met"
    assert status(occurred_at="2016-01-19", occurred_end="2016-01-20") == "met"


def test_rows_may_say_things_in_several_ways() -> None:
    log = leaf("log", "choice", topics="iot", outcomes=["a"], reflection="required", min_score=0.5)
    one = row("ev_1", "artifact", topics="iot", outcomes={"a": "yes", "b": ""}, reflection="long", score=0.5)
    assert answer(body(log, evidence=[one]))["status"] == "met"
    for score, status in (({"raw": 3, "min": 1, "max": 5}, "met"), ({"scaled": 0.4}, "unmet")):
        assert answer(body(log, evidence=[one | {"score": score, "reflection": True}]))["status"] == status
    hub = leaf("one", opportunity={"hub": "iot", "keys": ["lead"]})
    for said in (
        {"opportunity": {"key": "lead", "hub": "iot"}},
        {"opportunity": "lead", "opportunity_hub": "iot"},
    ):
        assert answer(body(hub, evidence=[row("ev_1", version="3", **said)]))["status"] == "met"


CATALOGUE: dict[str, Any] = {
    "frameworks": [
        {"key": "leading", "version": "1", "title": "L", "items": [{"code": "open", "label": "Open"}]},
        {"key": "older", "version": "1", "title": "O", "items": [{"code": "wide", "label": "Wide"}]},
    ],
    "rubrics": [
        {
            "key": "done",
            "version": "1.0.0",
            "title": "D",
            "criteria": [
                {
                    "key": "all",
                    "title": "All",
                    "levels": [{"key": "no", "title": "N"}, {"key": "yes", "title": "Y"}],
                }
            ],
        }
    ],
    "content": [
        {
            "key": "talk",
            "title": "T",
            "origin": "in_house",
            "mode": "hybrid",
            "approvals": [{"from": "2016-01-01"}],
        }
    ],
    "crosswalk": [{"from": "older@1/wide", "to": "leading@1/open"}],
    "trusted": {"providers": ["did:key:z6Mk"]},
}


def covering(item: dict[str, Any]) -> dict[str, Any]:
    each = {
        "content": {"accept_rpl": True, "min_level": {"rubric": "done", "criterion": "all", "level": "yes"}}
    }
    rule = {"key": "c", "coverage": {"framework": "leading@1", "items": "all", "each": each}}
    level = {"rubric": "done", "criterion": "all", "level": "yes"}
    evidence = [row("ev_1", "attendance", content="talk", levels=[level], items=[item])]
    return body(rule, evidence=evidence, catalogue=deepcopy(CATALOGUE))


def test_a_catalogue_may_come_along() -> None:
    assert answer(covering({"item": "open"}))["status"] == "met"
    assert answer(covering({"item": "leading@1/open", "set_by": "learner"}))["status"] == "unmet"
    assert answer(covering({"item": "older@1/wide", "weight": "secondary"}))["status"] == "met"
    pinned = covering({"item": "open"})
    pinned["passport"]["framework"] = "leading@1"
    assert answer(pinned)["status"] == "met"


OPPORTUNITIES = [{"key": "lamp", "hub": "things"}, {"key": "docs", "title": "Docs", "template": "write"}]


def test_a_catalogue_brings_the_opportunities_of_the_next_steps() -> None:
    document = body(leaf("one"), evidence=[], catalogue={"opportunities": OPPORTUNITIES})
    said = [step["reason"] for step in answer(document)["next_steps"] if step["kind"] == "opportunity"]
    assert said == [
        "'Docs' is wanted, and doing it counts for one",
        "'lamp' is wanted by the hub things, and doing it counts for one",
    ]
    assert answer(body(leaf("one"), evidence=[]))["next_steps"] == [
        {"closes": ["one"], "kind": "experience", "ref": None, "reason": "one"}
    ]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"opportunity": "lamp"}, "met"),
        ({"opportunity": {"key": "lamp"}}, "met"),
        ({"opportunity": {"key": "lamp", "hub": "seeds"}}, "unmet"),
        ({"opportunity": "docs"}, "unmet"),
        ({"opportunity": "lost"}, "unmet"),
    ],
)
def test_a_row_has_the_hub_of_its_opportunity_unless_it_says_another(
    said: dict[str, Any], status: str
) -> None:
    rows = [row("ev_1", **said)]
    asked = leaf("one", opportunity={"hub": "things"})
    document = body(asked, evidence=rows, catalogue={"opportunities": OPPORTUNITIES})
    assert answer(document)["status"] == status


def renewable(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields)
    renewal = leaf("lately", within="P1M")
    document = body(leaf("one", count=3), evidence=[row("ev_1"), row("ev_2", "artifact")], **fields)
    document["passport"] |= {"valid_for": "P1Y", "renewal": renewal}
    return document


def test_whoever_renews_is_judged_by_the_renewal() -> None:
    assert answer(renewable())["units"]["total"] == 3
    assert answer(renewable(renews=False)) == answer(renewable())
    renewed = answer(renewable(renews=True))
    assert [(each["key"], each["status"]) for each in renewed["nodes"]] == [("lately", "lapsed")]
    assert answer(renewable(renews=True, as_of="2016-02-20T08:00:00Z"))["complete"]
    waived = renewable(
        renews=True, exceptions=[granted("waive", "one"), granted("waive", "lately") | {"id": "x"}]
    )
    assert [effective for effective, _ in reports(waived)] == [False, True]


def test_the_order_of_rows_plays_no_part_in_a_renewal_with_opportunities() -> None:
    document = renewable(renews=True, catalogue={"opportunities": OPPORTUNITIES})
    turned = document | {
        "evidence": document["evidence"][::-1],
        "catalogue": {"opportunities": OPPORTUNITIES[::-1]},
    }
    assert canonical(answer(document)) == canonical(answer(turned))


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"renews": True}, "/renews", "no_renewal"),
        ({"renews": "yes"}, "/renews", "wrong_type"),
        ({"catalogue": {"opportunities": {}}}, "/catalogue/opportunities", "wrong_type"),
        ({"catalogue": {"opportunities": [{}]}}, "/catalogue/opportunities/0/key", "missing_key"),
        (
            {"catalogue": {"opportunities": [{"key": "lamp", "colour": "red"}]}},
            "/catalogue/opportunities/0/colour",
            "unknown_key",
        ),
        ({"as_of": None}, "/as_of", "missing_key"),
        ({"evidence": [row("e"), row("e")]}, "/evidence", "duplicate_key"),
        ({"evidence": [{"id": "e", "kind": "experience"}]}, "/evidence/0/occurred_at", "missing_key"),
        ({"evidence": [row("e", zone="Mars/Base")]}, "/evidence/0/zone", "wrong_value"),
        ({"evidence": [row("e", occurred_end="2015-01-01")]}, "/evidence/0/occurred_end", "wrong_value"),
        ({"evidence": [row("e", score={"raw": 1})]}, "/evidence/0/score", "wrong_value"),
        ({"evidence": [row("e", items=[{"item": "x/!"}])]}, "/evidence/0/items/0/item", "wrong_value"),
        ({"evidence": [row("e", colour="red")]}, "/evidence/0/colour", "unknown_key"),
        ({"exceptions": [granted("adjust", "one")]}, "/exceptions/0/count", "missing_key"),
        ({"exceptions": [granted("allow", "one")]}, "/exceptions/0/where", "missing_key"),
        ({"exceptions": [granted("waive", "one")] * 2}, "/exceptions", "duplicate_key"),
        ({"exceptions": [{"kind": "waive", "node": "one"}], "as_of": 3}, "/as_of", "wrong_type"),
        (
            {
                "catalogue": {
                    "content": [CATALOGUE["content"][0] | {"approvals": [{"scope": "hub", "from": AT}]}]
                }
            },
            "/catalogue/content/0/approvals/0/hub",
            "wrong_value",
        ),
        ({"evidence": [row("e", occurred_at="9999-12-31")]}, "/evidence/0/occurred_at", "wrong_value"),
        (
            {"catalogue": {"content": [CATALOGUE["content"][0] | {"approvals": 3}]}},
            "/catalogue/content/0/approvals",
            "wrong_type",
        ),
        ({"rows": []}, "/rows", "unknown_key"),
        ({"content": []}, "/content", "unknown_key"),
        ({"catalogue": {"content": [{"key": "talk"}]}}, "/catalogue/content/0/origin", "missing_key"),
        ({"passport": None}, "/passport", "missing_key"),
    ],
)
def test_what_is_wrong_has_its_place(change: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        answer(body(leaf("one"), evidence=[]) | change)
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_draft_stands_in_and_lint_has_its_say() -> None:
    document = body(leaf("one"), evidence=[row("ev_1")])
    draft = document.pop("passport")
    assert simulate(document, "test", draft, NOTHING).complete
    for passport in (
        draft | {"rule": {"key": "root", "all_of": []}},
        draft | {"rule": leaf("one", "content")},
    ):
        with pytest.raises(LintFailedError) as caught:
            simulate(document, "test", passport, NOTHING)
        assert caught.value.faults


def test_names_and_the_day_of_an_exception_may_be_left_out() -> None:
    items = [{"code": "open"}, {"code": "closed"}]
    rubrics = [{"key": "done", "version": 1.0, "criteria": [{"key": "all", "levels": [{"key": "yes"}]}]}]
    catalogue = {
        "frameworks": [{"key": "leading", "version": "1", "items": items}],
        "rubrics": [rubrics[0] | {"version": "1.0.0"}],
        "hubs": [{"key": "things"}],
    }
    coverage = {"framework": "leading@1", "items": "all", "each": {"experience": {}}}
    document = body(
        {"key": "c", "coverage": coverage},
        evidence=[row("ev_1", alignments=[{"framework": "leading", "item": "open", "weight": "primary"}])],
        exceptions=[{"kind": "waive", "node": "c/closed", "accept_loss": False}],
        catalogue=catalogue,
    )
    found = answer(document)
    assert (found["status"], found["units"]) == ("met", {"met": 1, "waived": 1, "pending": 0, "total": 2})


@pytest.mark.parametrize(
    ("approval", "status"),
    [
        ({"scope": "network", "approver": "ada", "conditions": "none"}, "met"),
        ({"scope": "hub", "hub": "things"}, "met"),
        ({"hub": "things"}, "met"),
        ({"scope": "hub", "hub": "elsewhere"}, "unmet"),
        ({"recall": True}, "unmet"),
    ],
)
def test_a_catalogue_says_whose_an_approval_is_and_whether_it_was_recalled(
    approval: dict[str, Any], status: str
) -> None:
    content = CATALOGUE["content"][0] | {"approvals": [{"from": "2016-01-01", **approval}]}
    document = body(leaf("one", "content"), evidence=[row("ev_1", "attendance", content_key="talk")])
    document["passport"]["owner"] = {"hub": "things"}
    assert answer(document | {"catalogue": {"content": [content]}})["status"] == status


def test_a_row_may_use_the_words_of_the_rule_and_of_the_ledger() -> None:
    vouched = leaf("vouched", "endorsement", by_role="mentor")
    acts = leaf("acts", count=2, distinct={"by": "activity", "at_least": 2})
    rows = [
        row("ev_1", "endorsement", by_role="mentor"),
        row("ev_2", activity="a"),
        row("ev_3", activity="b"),
    ]
    assert answer(body(vouched, acts, evidence=rows))["status"] == "met"


def test_a_row_may_name_the_rubric_of_its_levels_once() -> None:
    document = covering({"item": "open"})
    document["evidence"][0] |= {"rubric": "done", "levels": [{"criterion": "all", "level": "yes"}]}
    assert answer(document)["status"] == "met"


def test_a_link_of_the_crosswalk_may_name_its_ends_in_parts() -> None:
    ends = {
        "from": {"framework": "older@1", "item": "wide"},
        "to": {"framework": "leading@1", "item": "open"},
    }
    document = covering({"item": "older@1/wide"})
    document["catalogue"]["crosswalk"] = [ends]
    assert answer(document)["status"] == "met"


def test_a_series_stands_under_its_own_name() -> None:
    series = {
        "title": "Both",
        "members": [{"passport": "one"}, {"passport": "two"}],
        "complete_when": {"n": 1},
    }
    known = Catalogue({}, {}, {}, versions={"one": ("1.0.0",), "two": ("1.0.0",)})
    held = {"kind": "credential", "passport": "one", "version": "1.0.0", "assurance": "signed"}
    rows = [row("cr_1") | held | {"verified": True, "bound": True}]
    document = {"series": series, "evidence": rows, "as_of": "2016-02-01"}
    done = simulate(document, "both", None, known, kind="series")
    assert (done.complete, [each.key for each in done.nodes if each.status == "met"]) == (
        True,
        ["series", "one"],
    )
    with pytest.raises(InvalidPayloadError) as caught:
        simulate({**document, "series": None}, "both", None, known, kind="series")
    assert [(each.pointer, each.code) for each in caught.value.faults] == [("/series", "missing_key")]
    with pytest.raises(LintFailedError) as refused:
        simulate({**document, "series": series | {"kind": "Passport"}}, "both", None, known, kind="series")
    assert [each.pointer for each in refused.value.faults] == ["/kind"]


def test_an_exception_has_the_edges_of_its_time() -> None:
    begins = datetime(2016, 1, 22, tzinfo=UTC)
    ends = begins + timedelta(days=2)
    once = RuleException(id="x", kind="waive", node="act", granted_at=begins)
    assert once.edges == (begins,)
    assert replace(once, expires_at=ends).edges == (begins, ends)


@pytest.mark.parametrize(("text", "score"), [("17/20", Fraction(17, 20)), ("1", Fraction(1))])
def test_a_score_may_be_a_ratio(text: str, score: Fraction) -> None:
    assert read_score(Payload({"score": text}, "", Faults())) == score
