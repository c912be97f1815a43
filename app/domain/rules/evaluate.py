"""Decides how far a learner is: rows in, the state of every node out. Pure, and blind to order.

Two passes: *earned* counts accepted rows, *projected* also those under review. A group is met by its
tree, never by a percentage, and what asks for nothing is never met.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from app.domain.rules.definition import PassportDefinition
from app.domain.rules.expand import expand
from app.domain.rules.explain import Passes, explain
from app.domain.rules.facts import UNDER_REVIEW, Catalogue, EvidenceRow
from app.domain.rules.predicates import Moment
from app.domain.rules.progress import Evaluation
from app.domain.rules.solve import find_fits, solve


def evaluate(
    definition: PassportDefinition,
    rows: Iterable[EvidenceRow],
    catalogue: Catalogue,
    *,
    as_of: datetime,
) -> Evaluation:
    """Return how far `rows`, all of one learner, meet the rule of `definition` at `as_of`.

    The same input gives an equal answer whatever the order of rows. A definition as written is expanded
    first, which raises `LintFailedError` if it refers to what is not published; a published one is not
    looked at again. Raises `ValueError` for two rows with one id and for an instant without a zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of has no zone")
    ready = definition if definition.expanded else expand(definition, catalogue)
    plan = ready.plan
    moment = Moment(catalogue.content, as_of)
    ledger = _in_order(rows)
    known = [row for row in ledger if row.occurred_at <= as_of]
    accepted = [row for row in known if row.status == "accepted"]
    pending = [row for row in known if row.status in UNDER_REVIEW]
    fits = find_fits(plan, (*accepted, *pending), moment)
    earned = solve(plan, accepted, fits)
    projected = earned
    if any(fits[row.id] for row in pending):
        projected = solve(plan, [*accepted, *pending], fits)
    return explain(ready, Passes(tuple(ledger), fits, earned, projected), catalogue, moment)


def _in_order(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    ledger = sorted(rows, key=lambda row: row.id)
    for row, following in pairwise(ledger):
        if row.id == following.id:
            raise ValueError(f"evidence {row.id!r} is given twice")
    return ledger
