"""Words that an organisation has agreed on: what rules may ask for, and what is meant where they are spelled.

Where there is no vocabulary any word will do, and where there are no hubs any hub.
"""

from collections.abc import Iterable
from dataclasses import replace

from app.domain.hubs import unknown_hub
from app.domain.payloads import Faults
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.vocabularies import EXPERIENCE_KIND, TOPIC, Vocabulary, unknown_words


def spelled(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the topics of its content and opportunities in all their spellings."""
    topics = catalogue.vocabularies.get(TOPIC)
    if topics is None:
        return catalogue
    content = {
        key: replace(item, topics=tuple(sorted(topics.spellings(item.topics))))
        for key, item in catalogue.content.items()
    }
    opportunities = {
        key: replace(need, topics=tuple(sorted(topics.spellings(need.topics))))
        for key, need in catalogue.opportunities.items()
    }
    return replace(catalogue, content=content, opportunities=opportunities)


def spelled_rows(rows: Iterable[EvidenceRow], catalogue: Catalogue) -> Iterable[EvidenceRow]:
    """Return the rows with their topics in all their spellings, so that they fit whichever is asked for."""
    topics = catalogue.vocabularies.get(TOPIC)
    return rows if topics is None else (_spelled_row(row, topics) for row in rows)


def _spelled_row(row: EvidenceRow, topics: Vocabulary) -> EvidenceRow:
    also = tuple(_spelled_row(each, topics) for each in row.also)
    return replace(row, topics=topics.spellings(row.topics), also=also)


def check_terms(definition: PassportDefinition, catalogue: Catalogue, faults: Faults) -> None:
    """Add a fault for each word of the rule that is no term, and for each hub that is not there."""
    named = (
        (definition.owner, "/owner/hub"),
        (definition.issue.approvers, "/issue/approvers/hub"),
        (definition.grants_role, "/grants_role/hub"),
    )
    found = [
        fault
        for each, pointer in named
        if each is not None
        for fault in unknown_hub(each.hub, catalogue.hubs, pointer)
    ]
    for leaf in definition.leaves:
        place = definition.places.get(leaf.key.partition("/")[0], "")
        fields = f"{place}/coverage/each/{leaf.kind}" if leaf.item else f"{place}/{leaf.kind}"
        asked = (
            (TOPIC, leaf.topics, f"{fields}/topics"),
            (EXPERIENCE_KIND, leaf.template, f"{fields}/template"),
        )
        found += unknown_words(catalogue.vocabularies, asked)
        for hub in leaf.opportunity_hub:
            found += unknown_hub(hub, catalogue.hubs, f"{fields}/opportunity/hub")
    for fault in dict.fromkeys(found):  # the leaves of one coverage share their fields
        faults.add(fault.pointer, fault.code, fault.detail, fault.hint)
