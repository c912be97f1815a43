"""What a leaf asks of forms, records and credentials: the second half of the predicates.

`selects_records` merely narrows which rows are meant; `asks_of_records` is about whether they are good
enough, and holds for a row that an exception puts in as well.
"""

from app.domain.rules.facts import EvidenceRow
from app.domain.rules.language import PARTNERSHIP_STATUSES, Leaf
from app.domain.rules.questions import Moment, Predicate, day_of, either

ENDED = ("dormant", "closed")
LAPSING = frozenset({"within", "valid_until", "revoked", "ended"})
"""The questions whose answer turns to no by time or by others, without anything that the learner did."""


def selects_records(leaf: Leaf) -> tuple[Predicate, ...]:
    """Return what narrows the rows by form, opportunity, role, achievement or passport."""
    return (*_form(leaf), *_opportunity(leaf), *_role(leaf), *_achievement(leaf), *_priority(leaf))


def asks_of_records(leaf: Leaf) -> tuple[Predicate, ...]:
    """Return what is asked of a score, a form's content, a partnership's and a credential's state."""
    return (*_score(leaf), *_partnership(leaf), *_checks(leaf), *_credential(leaf), *_passport(leaf))


# Selecting ------------------------------------------------------------------------------------------


def _form(leaf: Leaf) -> tuple[Predicate, ...]:
    if not leaf.form:
        return ()
    asked = frozenset(leaf.form)

    def holds(row: EvidenceRow, _: Moment) -> bool:
        return row.form is not None and (row.form in asked or row.form.partition("@")[0] in asked)

    return (
        Predicate(
            "form",
            holds,
            lambda row, _: f"its form is {row.form or 'not given'}; asked is {either(leaf.form)}",
        ),
    )


def _opportunity(leaf: Leaf) -> tuple[Predicate, ...]:
    return tuple(
        _one_of(name, asked, words)
        for name, asked, words in (
            ("opportunity", leaf.opportunity, "opportunity"),
            ("opportunity_hub", leaf.opportunity_hub, "opportunity's hub"),
        )
        if asked
    )


def _one_of(name: str, asked: tuple[str, ...], words: str) -> Predicate:
    allowed = frozenset(asked)
    return Predicate(
        name,
        lambda row, _: getattr(row, name) in allowed,
        lambda row, _: f"its {words} is {getattr(row, name) or 'not given'}; asked is {either(asked)}",
    )


def _role(leaf: Leaf) -> tuple[Predicate, ...]:
    return (_one_of("role", leaf.by_role, "endorser's role"),) if leaf.by_role else ()


def _achievement(leaf: Leaf) -> tuple[Predicate, ...]:
    return (_one_of("achievement", leaf.achievement, "achievement"),) if leaf.achievement else ()


def _priority(leaf: Leaf) -> tuple[Predicate, ...]:
    if leaf.priority is None:
        return ()
    asked = leaf.priority

    def holds(row: EvidenceRow, _: Moment) -> bool:
        return row.partnership is not None and row.partnership.get("priority") == asked

    return (Predicate("priority", holds, lambda *_: f"its priority is not {asked}"),)


# Asking ---------------------------------------------------------------------------------------------


def _score(leaf: Leaf) -> tuple[Predicate, ...]:
    least = leaf.min_score
    if least is None:
        return ()

    def why_not(row: EvidenceRow, _: Moment) -> str:
        if row.score is None:
            return "it has no score"
        return f"its score is {float(row.score):g}; asked is {float(least):g}"

    return (Predicate("min_score", lambda row, _: row.score is not None and row.score >= least, why_not),)


def _partnership(leaf: Leaf) -> tuple[Predicate, ...]:
    if leaf.kind != "partnership":
        return ()
    found = [
        Predicate(
            "partnership", lambda row, _: row.partnership is not None, lambda *_: "it is about no partnership"
        )
    ]
    if leaf.status_at_least is not None:
        asked = leaf.status_at_least
        enough = (*PARTNERSHIP_STATUSES[PARTNERSHIP_STATUSES.index(asked) :], *ENDED)

        def status(row: EvidenceRow) -> object:
            return (row.partnership or {}).get("status")

        found += [
            Predicate(
                "status",
                lambda row, _: status(row) in enough,
                lambda row, _: f"the partnership is {status(row)}; asked is at least {asked}",
            ),
            Predicate(
                "ended",
                lambda row, _: status(row) not in ENDED,
                lambda row, _: f"the partnership is {status(row)}",
            ),
        ]
    return tuple(found)


def _checks(leaf: Leaf) -> tuple[Predicate, ...]:
    def predicate(index: int) -> Predicate:
        check = leaf.checks[index]
        return Predicate(
            "checks",
            lambda row, _: check.holds(row.data if row.partnership is None else row.partnership),
            lambda *_: check.wanted,
        )

    return tuple(predicate(index) for index in range(len(leaf.checks)))


def _credential(leaf: Leaf) -> tuple[Predicate, ...]:
    if leaf.kind != "credential":
        return ()
    return (
        Predicate("verified", lambda row, _: row.verified is True, lambda *_: "it is not verified"),
        Predicate(
            "bound", lambda row, _: row.bound is True, lambda *_: "it is not shown to be about this learner"
        ),
        *_issuers(leaf),
        *_good_standing(),
    )


def _issuers(leaf: Leaf) -> tuple[Predicate, ...]:
    if not leaf.issuers:
        return ()

    def holds(row: EvidenceRow, moment: Moment) -> bool:
        return row.issuer is not None and any(_is_issuer(row.issuer, asked, moment) for asked in leaf.issuers)

    return (
        Predicate(
            "issuers", holds, lambda row, _: f"its issuer, {row.issuer or 'not given'}, is not trusted"
        ),
    )


def _is_issuer(issuer: str, asked: str, moment: Moment) -> bool:
    if issuer == asked:
        return True
    sort, _, name = asked.partition(":")
    return sort == "trusted" and issuer in moment.trusted.get(name, ())


def _good_standing() -> tuple[Predicate, ...]:
    def valid(row: EvidenceRow, moment: Moment) -> bool:
        return row.valid_until is None or moment.as_of < row.valid_until

    return (
        Predicate("revoked", lambda row, _: not row.revoked, lambda *_: "it was revoked"),
        Predicate(
            "valid_until",
            valid,
            lambda row, _: f"it expired on {row.valid_until and day_of(row.valid_until)}",
        ),
    )


def _passport(leaf: Leaf) -> tuple[Predicate, ...]:
    if leaf.kind != "passport":
        return ()
    asked = leaf.version

    def version(row: EvidenceRow, _: Moment) -> bool:
        return asked is None or (row.version is not None and asked.holds(row.version))

    def sound(row: EvidenceRow, _: Moment) -> bool:
        return row.verified is not False and row.bound is not False

    return (
        Predicate(
            "passport",
            lambda row, _: row.passport == leaf.passport,
            lambda *_: f"it is not the credential of the passport {leaf.passport!r}",
        ),
        Predicate(
            "version", version, lambda row, _: f"its version {row.version} is not in {asked and asked.text}"
        ),
        Predicate("verified", sound, lambda *_: "it is not verified, or not about this learner"),
        *_good_standing(),
    )
