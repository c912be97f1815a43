"""What a bundle would change, worked out in memory."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.bundles import Op, Severity, read_bundle
from app.domain.bundles.planning import Planned, Stored, TenantState, plan_bundle, successor
from app.domain.digests import digest_of
from app.domain.passports import publish
from app.domain.rules.facts import Catalogue
from app.domain.versions import OPEN, VersionState, VersionStatus

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


# States of versions ---------------------------------------------------------------------------------

DEPRECATED = VersionState(VersionStatus.DEPRECATED)
RETIRED = VersionState(VersionStatus.RETIRED, datetime(2030, 1, 31, tzinfo=UTC))
LATER = replace(RETIRED, retires_at=datetime(2031, 1, 31, tzinfo=UTC))


def saying(state: VersionState, version: str = "1.0.0") -> str:
    members = "".join(f"\n{name}: {value}" for name, value in state.to_members().items())
    return PASSPORT.replace("version: 1.0.0", f"version: {version}{members}")


def standing(*states: VersionState) -> TenantState:
    """A tenant that has published the passport as 1.0.0, 2.0.0 and so on: once for each of these states."""
    drafts, versions = {}, []
    for number, state in enumerate(states, start=1):
        (step,) = planned(saying(OPEN, f"{number}.0.0")).steps
        assert step.report is not None
        document = step.report.document
        versions.append(Stored(digest_of(document), document, f"{number}.0.0", None, state=state))
        drafts["passports", "two"] = Stored("draft", document)
    return TenantState(drafts, {("passports", "two"): tuple(versions)})


def test_a_version_comes_with_its_state_as_a_change_of_its_own() -> None:
    found = planned(saying(RETIRED))
    assert ops(found) == [Op.CREATE, Op.RETIRE]
    assert [(each.pointer, each.before, each.after) for each in found.steps[1].change.diff] == [
        ("/status", "published", "retired"),
        ("/retires_at", None, "2030-01-31T00:00:00Z"),
    ]
    (entry,) = found.closed
    assert "status" not in entry.document


@pytest.mark.parametrize(
    ("before", "said", "op"),
    [
        (OPEN, DEPRECATED, Op.DEPRECATE),
        (OPEN, RETIRED, Op.RETIRE),
        (DEPRECATED, RETIRED, Op.RETIRE),
        (RETIRED, LATER, Op.RETIRE),
    ],
)
def test_a_state_goes_forward_and_then_there_is_nothing_to_do(
    before: VersionState, said: VersionState, op: Op
) -> None:
    found = planned(saying(said), standing(before))
    assert (ops(found), found.findings) == ([Op.UNCHANGED, op], ())
    assert found.steps[1].seen == before
    assert planned(saying(said), standing(said)).is_empty
    assert standing(before).digest != standing(said).digest


@pytest.mark.parametrize(
    ("before", "said", "hint"),
    [
        (DEPRECATED, OPEN, "Write what holds: status: deprecated."),
        (RETIRED, DEPRECATED, "Write what holds: status: retired, retires_at: 2030-01-31T00:00:00Z."),
        (LATER, RETIRED, "Write what holds: status: retired, retires_at: 2031-01-31T00:00:00Z."),
    ],
)
def test_an_older_state_is_told_and_changes_nothing(
    before: VersionState, said: VersionState, hint: str
) -> None:
    found = planned(saying(said), standing(before))
    assert found.is_empty
    assert [(each.severity, each.code, each.hint) for each in found.findings] == [
        (Severity.WARNING, "older_state", hint)
    ]


def test_who_is_on_a_closed_version_may_go_over_to_the_last_open_one() -> None:
    state = standing(OPEN, OPEN, DEPRECATED)
    found = planned(saying(RETIRED), state)
    (entry,) = found.closed
    assert successor(entry, state, found) == "2.0.0"
    more = planned(f"{saying(RETIRED)}---{saying(DEPRECATED, '2.0.0')}---{saying(OPEN, '4.0.0')}", state)
    assert successor(entry, state, more) == "4.0.0"
    none = planned(f"{saying(RETIRED)}---{saying(DEPRECATED, '2.0.0')}", state)
    assert successor(entry, state, none) is None


CONTENT_RULE = "rule: {key: one, section: content, content: {}}"


def test_what_nobody_can_begin_needs_no_route_today() -> None:
    text = saying(OPEN).replace(
        "rule: {key: one, section: experience, experience: {template: project}}", CONTENT_RULE
    )
    text = text.replace("content: {omit_reason: small}", "experience: {omit_reason: small}")
    assert [each.code for each in planned(text).errors] == ["no_route"]
    found = planned(text.replace("version: 1.0.0", "version: 1.0.0\nstatus: deprecated"))
    assert (ops(found), [each.severity for each in found.findings]) == (
        [Op.CREATE, Op.DEPRECATE],
        [Severity.WARNING],
    )


def test_faults_of_the_state_and_of_the_document_are_told_together() -> None:
    found = planned(saying(RETIRED).replace("retired", "gone").replace("title: Two", "titel: Two"))
    assert {each.pointer for each in found.findings} == {"/status", "/title", "/titel"}


def test_a_draft_has_no_state() -> None:
    draft = (
        "drafts: {passports: [{key: two, version: 1.0.0, status: deprecated, title: T,"
        " rule: {key: one, experience: {}}}]}"
    )
    (found,) = planned(draft).findings
    assert (found.code, found.pointer) == ("unknown_key", "/drafts/passports/0/status")
    assert found.detail == "A draft has no status: in a bundle it stands beside what is published."


# What is worth a second look ------------------------------------------------------------------------


def test_a_node_that_no_published_version_had_did_not_move() -> None:
    moved = (
        saying(OPEN, "2.0.0")
        .replace("key: one", "key: two")
        .replace("title: Two", "title: Two\nmoved: {oen: two}")
    )
    (finding,) = planned(moved, standing(OPEN)).findings
    assert (finding.severity, finding.pointer) == (Severity.WARNING, "/moved/oen")
    assert (finding.detail, finding.hint) == (
        "No published version of two has a node 'oen', so nothing moves.",
        "Did you mean 'one'?",
    )
    assert planned(moved.replace("oen", "one"), standing(OPEN)).findings == ()
    assert planned(moved).findings == ()  # nothing was published here before: an example, or a part


ALIGNED = """
frameworks: [{{key: plf, version: 1.0.0, title: T, items: [{{code: openness, label: Openness}}]}}]
content:
  - {{key: talk, title: T, origin: in_house, mode: online, alignments: [{{framework: {ref}, item: {item}}}]}}
"""


@pytest.mark.parametrize(
    ("ref", "item", "hints"),
    [
        ("plf@1.0.0", "openness", []),
        ("plf", "openness", []),
        ("plf", "opennes", ["Did you mean 'openness'?"]),
        ("plf@1.0", "openness", ["Did you mean 'plf@1.0.0'?"]),
        ("plf@1.0.0", "opennes", ["Did you mean 'openness'?"]),
    ],
)
def test_content_that_is_aligned_to_nothing_is_told(ref: str, item: str, hints: list[str]) -> None:
    found = planned(ALIGNED.format(ref=ref, item=item)).findings
    assert [each.hint for each in found] == hints
    assert {(each.severity, each.pointer) for each in found} <= {
        (Severity.WARNING, "/content/0/alignments/0")
    }


def test_a_vocabulary_that_nothing_looks_into_is_told() -> None:
    text = "vocabularies: [{{key: {key}, terms: [{{key: iot, label: {{en: IoT}}}}]}}]"
    assert planned(text.format(key="topic")).findings == ()
    (finding,) = planned(text.format(key="topics")).findings
    assert (finding.severity, finding.code, finding.hint) == (
        Severity.WARNING,
        "unused_vocabulary",
        "Did you mean 'topic'?",
    )


def test_a_series_that_lacks_a_member_is_not_told_to_take_itself() -> None:
    text = "kind: Series\nkey: both-of-it\ntitle: Both\nmembers: [{passport: both-of}]\n"
    (finding,) = planned(text).findings
    assert "both-of-it" not in finding.hint
    assert planned(f"{text}---{PASSPORT.replace('key: two', 'key: both-off')}").findings[0].hint == (
        "Did you mean 'both-off'?"
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("passports: [{kind: Series, key: both, title: T, members: []}]", "Put it at /v1/series/{key}"),
        ("passports: [{key: both, title: T, members: []}]", "Put it at /v1/series/{key}"),
        ("series: [{kind: Passport, key: both, rule: {}}]", "Put it at /v1/passports/{key}"),
        ("series: [{key: both, rule: {}}]", "Put it at /v1/passports/{key}"),
    ],
)
def test_a_series_among_passports_is_told_its_place_and_nothing_else(text: str, hint: str) -> None:
    (finding,) = planned(text).findings
    assert finding.hint.startswith(hint)
