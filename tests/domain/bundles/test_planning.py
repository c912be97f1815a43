"""What a bundle would change, worked out in memory."""

from app.domain.bundles import Op, read_bundle
from app.domain.bundles.planning import Planned, Stored, TenantState, plan_bundle
from app.domain.passports import publish
from app.domain.rules.facts import Catalogue

NOTHING = Catalogue({}, {}, {})
PASSPORT = """
kind: Passport
key: two
version: 1.0.0
title: Two
sections: {content: {omit_reason: small}, choice: {omit_reason: small}}
rule: {key: one, section: experience, experience: {template: project}}
"""


def planned(text: str, state: TenantState | None = None, *, prune: bool = False) -> Planned:
    state = state or TenantState({}, {})
    return plan_bundle(read_bundle({"a.yaml": text}), state, NOTHING, publish, prune=prune)


def ops(found: Planned) -> list[Op]:
    return [step.change.op for step in found.steps]


def test_a_passport_that_cannot_be_published_is_an_error_and_no_change_of_what_is() -> None:
    found = planned(
        PASSPORT.replace("sections:", "moved: {}\nsections:").replace("content: {omit_reason: small}, ", "")
    )
    assert [each.code for each in found.errors] == ["missing_section"]
    assert not found.is_empty
    published = Stored("x", {}, "1.0.0")
    again = planned(
        PASSPORT.replace("content: {omit_reason: small}, ", ""),
        TenantState({("passports", "two"): published}, {("passports", "two"): (published,)}),
    )
    assert (ops(again), len(again.errors)) == ([Op.UNCHANGED], 1)


def test_a_draft_is_stored_whatever_lint_would_say_of_it() -> None:
    text = (
        "drafts: {passports: [" + "{key: two, version: 1.0.0, title: T, rule: {key: one, experience: {}}}]}"
    )
    found = planned(text)
    assert (ops(found), found.findings) == ([Op.CREATE], ())
    (step,) = found.steps
    assert step.entry is not None
    state = TenantState({("passports", "two"): Stored("other", {"title": "Old"})}, {})
    (step,) = planned(text, state).steps
    assert step.change.op is Op.UPDATE
    assert step.change.diff


SERIES = """
kind: Series
key: {key}
title: Both
members: [{{passport: two}}]
"""


def test_a_series_and_a_passport_with_one_key_are_found_where_the_second_stands() -> None:
    taken = {("passports", "two"): Stored("x", {})}
    for text, state, line in (
        (SERIES.format(key="two"), TenantState(taken, {}), 3),
        (PASSPORT, TenantState({("series", "two"): Stored("x", {})}, {}), 3),
        (f"{SERIES.format(key='two')}---{PASSPORT}", None, 3),
    ):
        [found] = [each for each in planned(text, state).errors if each.code == "already_exists"]
        assert (found.file, found.line, found.pointer) == ("a.yaml", line, "/key")
        assert "two already" in found.detail
        assert "choose another one" in found.hint
    apart = planned(f"{SERIES.format(key='both')}---{PASSPORT}", TenantState(taken, {}))
    assert "already_exists" not in [each.code for each in apart.errors]


def test_passports_of_one_bundle_that_renew_each_other_are_a_warning() -> None:
    def renewed_by(key: str, other: str) -> str:
        renewal = f"renewal: {{key: again, passport: {{passport: {other}}}}}\n"
        return PASSPORT.replace("key: two", f"key: {key}") + renewal

    found = planned(f"{renewed_by('one', 'two')}---{renewed_by('two', 'one')}")
    assert (ops(found), found.errors) == ([Op.CREATE, Op.CREATE], ())
    assert [(each.code, each.line) for each in found.findings] == [
        ("circular_renewal", 8),
        ("circular_renewal", 16),
    ]


def test_a_draft_that_was_never_published_is_published() -> None:
    state = TenantState({("passports", "two"): Stored("x", {})}, {})
    assert ops(planned(PASSPORT, state)) == [Op.PUBLISH]


def test_approvals_are_never_pruned_and_dependents_go_first() -> None:
    keys = [("approvals", "talk x"), ("frameworks", "f"), ("passports", "p")]
    state = TenantState({name: Stored("x", {}) for name in keys}, {})
    found = planned("", state, prune=True)
    assert [(step.change.op, step.change.kind) for step in found.steps] == [
        (Op.PRUNE, "passports"),
        (Op.PRUNE, "frameworks"),
    ]


def test_the_state_is_known_by_its_digest() -> None:
    empty, one = TenantState({}, {}), TenantState({("content", "a"): Stored("x", {})}, {})
    versions = TenantState({}, {("rubrics", "a"): (Stored("x", {}, "1"),)})
    assert len({empty.digest, one.digest, versions.digest}) == 3
