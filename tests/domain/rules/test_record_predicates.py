"""Forms, records, endorsements and credentials: what a leaf asks of them, and the words for a no."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from app.domain.rules.checks import PathCheck
from app.domain.rules.evaluate import evaluate
from app.domain.rules.facts import Catalogue, EvidenceRow, ItemLink, RowItem
from app.domain.rules.language import Coverage, Distinct, Leaf
from app.domain.rules.progress import Evaluation
from app.domain.rules.version_ranges import VersionRange
from tests.domain.rules.builders import FRAMEWORK, NOW, catalogue, content, definition, row


def answer(leaf: Leaf, *rows: EvidenceRow, known: Catalogue | None = None) -> Evaluation:
    return evaluate(definition(leaf), rows, known or catalogue(), as_of=NOW)


def asked(kind: str, **fields: Any) -> Leaf:  # noqa: ANN401 (the fields of a leaf)
    merged: dict[str, Any] = {"kind": kind, **fields}
    return Leaf(key="asked", **merged)


VALID = {"verified": True, "bound": True, "issuer": "did:key:z6Mk"}


@pytest.mark.parametrize(
    ("leaf", "good", "bad", "why"),
    [
        (
            asked("artifact", form=("note@1",)),
            {"kind": "artifact", "form": "note@1"},
            {"kind": "artifact", "form": "note@2"},
            "its form is note@2; asked is note@1",
        ),
        (
            asked("artifact", form=("note",)),
            {"kind": "artifact", "form": "note@2"},
            {"kind": "artifact"},
            "its form is not given; asked is note",
        ),
        (
            asked("artifact", checks=(PathCheck("types[]", "distinct_gte", 2), PathCheck("name", "exists"))),
            {"kind": "artifact", "data": {"types": ["a", "b"], "name": "x"}},
            {"kind": "artifact", "data": {"types": ["a", "b"]}},
            "name has to be given",
        ),
        (
            asked("experience", opportunity_hub=("iot",)),
            {"kind": "experience", "opportunity_hub": "iot"},
            {"kind": "experience"},
            "its opportunity's hub is not given; asked is iot",
        ),
        (
            asked("experience", opportunity=("lead",)),
            {"kind": "experience", "opportunity": "lead"},
            {"kind": "experience", "opportunity": "follow"},
            "its opportunity is follow; asked is lead",
        ),
        (
            asked("assessment", min_score=Fraction("0.8")),
            {"kind": "assessment", "score": Fraction("0.8")},
            {"kind": "assessment", "score": Fraction("0.79")},
            "its score is 0.79; asked is 0.8",
        ),
        (
            asked("assessment", min_score=Fraction("0.8")),
            {"kind": "assessment", "score": Fraction(1)},
            {"kind": "assessment"},
            "it has no score",
        ),
        (
            asked("partnership", status_at_least="designed", priority=1),
            {"kind": "artifact", "partnership": {"status": "active", "priority": 1}},
            {"kind": "artifact", "partnership": {"status": "prioritised", "priority": 1}},
            "the partnership is prioritised; asked is at least designed",
        ),
        (
            asked("partnership", priority=1),
            {"kind": "artifact", "partnership": {"priority": 1}},
            {"kind": "artifact", "partnership": {"priority": 2}},
            "its priority is not 1",
        ),
        (
            asked("partnership", checks=(PathCheck("goals[]", "count_gte", 1),)),
            {"kind": "artifact", "partnership": {"goals": ["reach"]}},
            {"kind": "artifact", "data": {"goals": ["reach"]}},
            "it is about no partnership",
        ),
        (
            asked("endorsement", by_role=("mentor",)),
            {"kind": "endorsement", "role": "mentor"},
            {"kind": "attestation", "role": "friend"},
            "its endorser's role is friend; asked is mentor",
        ),
        (
            asked("credential", issuers=("trusted:providers",)),
            {"kind": "credential", **VALID},
            {"kind": "credential", **VALID, "issuer": "did:key:z6Other"},
            "its issuer, did:key:z6Other, is not trusted",
        ),
        (
            asked("credential", issuers=("did:key:z6Mk",), achievement=("course",)),
            {"kind": "credential", **VALID, "achievement": "course"},
            {"kind": "credential", **VALID, "achievement": "walk"},
            "its achievement is walk; asked is course",
        ),
        (
            asked("credential"),
            {"kind": "credential", **VALID},
            {"kind": "credential", **VALID, "verified": None},
            "it is not verified",
        ),
        (
            asked("credential"),
            {"kind": "credential", **VALID},
            {"kind": "credential", **VALID, "bound": False},
            "it is not shown to be about this learner",
        ),
        (
            asked("credential"),
            {"kind": "credential", **VALID, "valid_until": NOW + timedelta(seconds=1)},
            {"kind": "credential", **VALID, "valid_until": NOW},
            "it expired on 2016-03-01",
        ),
        (
            asked("passport", passport="first", version=VersionRange(">=1 <3")),
            {"kind": "credential", "passport": "first", "version": "2.0.0"},
            {"kind": "credential", "passport": "first", "version": "3.0.0"},
            "its version 3.0.0 is not in >=1 <3",
        ),
        (
            asked("passport", passport="first"),
            {"kind": "credential", "passport": "first"},
            {"kind": "credential", "passport": "other"},
            "it is not the credential of the passport 'first'",
        ),
        (
            asked("passport", passport="first"),
            {"kind": "credential", "passport": "first"},
            {"kind": "credential", "passport": "first", "verified": False},
            "it is not verified, or not about this learner",
        ),
        (
            asked("evidence", evidence=("artifact",), topics=("iot",), tags=("open",)),
            {"kind": "artifact", "content": "talk"},
            {"kind": "artifact", "topics": frozenset({"iot"})},
            "it names no content that is known",
        ),
    ],
)
def test_a_leaf_takes_what_fits_and_says_what_does_not(
    leaf: Leaf, good: dict[str, Any], bad: dict[str, Any], why: str
) -> None:
    plain = catalogue(content("talk", topics=("iot",), tags=("open",)))
    known = Catalogue(
        plain.frameworks, plain.rubrics, plain.content, trusted={"providers": frozenset({"did:key:z6Mk"})}
    )
    assert answer(leaf, row(1, **good), known=known).complete
    missing = answer(leaf, row(1, **bad), known=known)
    assert not missing.complete
    assert missing.unused_evidence[0].why_not == f"“asked”: {why}"
    assert missing.next_steps[0].closes == ("asked",)


@pytest.mark.parametrize(
    ("leaf", "fields"),
    [
        (asked("credential"), {"kind": "credential", **VALID, "valid_until": NOW}),
        (asked("passport", passport="first"), {"kind": "credential", "passport": "first", "revoked": True}),
        (
            asked("partnership", status_at_least="designed"),
            {"kind": "artifact", "partnership": {"status": "dormant"}},
        ),
    ],
)
def test_what_ended_or_expired_makes_a_requirement_lapse(leaf: Leaf, fields: dict[str, Any]) -> None:
    evaluation = answer(leaf, row(1, **fields))
    assert (evaluation.status, evaluation.complete, evaluation.units.met) == ("lapsed", False, 0)


def test_of_several_endorsements_each_is_by_another_person() -> None:
    leaf = asked("endorsement", count=2)
    same = [row(number, "endorsement", endorser="ben") for number in range(2)]
    short = answer(leaf, *same)
    assert (short.units.met, short.shortfalls[0].fitting_rows) == (1, ("ev_00", "ev_01"))
    assert short.shortfalls[0].text == (
        "asked: 1 more piece of evidence is needed; 1 of 2 is there. At least 2 have to differ in endorser."
    )
    assert answer(leaf, *same, row(3, "attestation", endorser="cleo")).complete
    by_house = asked("endorsement", count=2, distinct=Distinct("endorser_org", 2))
    assert not answer(
        by_house, *(row(n, "endorsement", endorser=f"p{n}", endorser_org="x") for n in (1, 2))
    ).complete


def test_another_version_of_the_framework_counts_through_the_crosswalk() -> None:
    old = ("leading@0.0", "openness")
    known = Catalogue(
        {FRAMEWORK.ref: FRAMEWORK},
        {},
        {"talk": content("talk")},
        crosswalk=(
            ItemLink(old, ("leading@0.1", "wikis"), "exact"),
            ItemLink(("leading@0.1", "teams"), ("leading@0.0", "groups"), "exact"),
            ItemLink(("leading@0.0", "near"), ("leading@0.1", "open"), "related"),
            ItemLink(("leading@0.1", "open"), ("leading@0.1", "docs"), "related"),
            ItemLink(("leading@0.1", "open"), ("leading@0.0", "far"), "related"),
        ),
    )

    def status(item: str, aligned: str, **fields: Any) -> str:  # noqa: ANN401 (the fields of a leaf)
        each = Leaf(key="", kind="experience", **fields)
        rule = Coverage(key="c", framework="leading@0.1", items=(item,), each=each)
        done = row(1, items=(RowItem("leading@0.0", aligned, "primary", "reviewer"),))
        passport = definition(rule)
        object.__setattr__(passport, "expanded", False)
        return evaluate(passport, [done], known, as_of=NOW).status

    assert status("open", "openness") == "met"
    assert status("teams", "groups") == "met"
    assert status("action", "openness") == "unmet"
    assert status("open", "near") == "unmet"
    assert status("open", "near", accept_crosswalk=("related",)) == "met"
    assert status("open", "openness", accept_crosswalk=("related",)) == "unmet"
    assert status("open", "far", accept_crosswalk=("related",)) == "unmet"
