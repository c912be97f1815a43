"""Gates: what must be there before a learner enrols, before anything counts, or before the issue.

A gate claims nothing, and only what is accepted opens it: a credential that is still to come does not.
"""

from collections.abc import Sequence

from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.plan import Terms, make_plan
from app.domain.rules.progress import GateLeaf, GateProgress
from app.domain.rules.questions import Moment
from app.domain.rules.solve import find_fits, solve


def judge_gate(
    definition: PassportDefinition, waived: frozenset[str], accepted: Sequence[EvidenceRow], moment: Moment
) -> GateProgress | None:
    """Return the state of the gate, or None when there is none."""
    rule = definition.gate_rule
    if definition.requires is None or rule is None:
        return None
    plan = make_plan(rule, Terms("allow", waived & {leaf.key for leaf in definition.gate_leaves}))
    outcome = solve(plan, accepted, find_fits(plan, accepted, moment), moment)
    leaves = []
    for number, leaf in enumerate(plan.leaves):
        state = outcome.states[plan.leaf_nodes[number]]
        rows = tuple(row.id for row in outcome.observed.get(number, ()))
        leaves.append(GateLeaf(leaf.key, leaf.title, state.short == 0, state.need, state.have, rows))
    return GateProgress(definition.requires.mode, tuple(leaves))
