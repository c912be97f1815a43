"""Opportunities: what a project needs done, posted by a hub, so that doing it can count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.hubs import Hub, unknown_hub
from app.domain.payloads import TERM, Faults, Payload
from app.domain.vocabularies import EXPERIENCE_KIND, INITIATIVE, TOPIC, Vocabulary, unknown_words
from app.errors import Fault, InvalidPayloadError

OPPORTUNITY_STATUSES = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One need of a project. What was done for it counts after it was closed, too."""

    key: str
    title: str
    hub: str | None = None
    description: str | None = None
    template: str | None = None
    topics: tuple[str, ...] = ()
    initiatives: tuple[str, ...] = ()
    url: str | None = None
    status: str = "open"

    def unknown_references(
        self, vocabularies: Mapping[str, Vocabulary], hubs: Mapping[str, Hub]
    ) -> list[Fault]:
        """Return a fault for a hub that is not there, and for each word that its vocabulary does not hold."""
        asked = (
            (EXPERIENCE_KIND, () if self.template is None else (self.template,), "/template"),
            (TOPIC, self.topics, "/topics"),
            (INITIATIVE, self.initiatives, "/initiatives"),
        )
        return [*unknown_hub(self.hub, hubs, "/hub"), *unknown_words(vocabularies, asked)]

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_opportunity` takes it back unchanged."""
        return {
            "key": self.key,
            "title": self.title,
            "hub": self.hub,
            "description": self.description,
            "template": self.template,
            "topics": list(self.topics),
            "initiatives": list(self.initiatives),
            "url": self.url,
            "status": self.status,
        }


def read_opportunity(document: Mapping[str, Any], *, key: str | None = None) -> Opportunity:
    """Return the opportunity of `document`. Raises `InvalidPayloadError` with every fault."""
    faults = Faults()
    body = Payload(document, "", faults)
    opportunity = Opportunity(
        key=body.key_of("key", known=key),
        title=body.text("title", limit=200),
        hub=body.optional_text("hub", pattern=TERM),
        description=body.optional_text("description", limit=5000),
        template=body.optional_text("template", pattern=TERM),
        topics=body.texts("topics", pattern=TERM),
        initiatives=body.texts("initiatives", pattern=TERM),
        url=body.web_address("url"),
        status=body.one_of("status", OPPORTUNITY_STATUSES, default="open"),
    )
    body.finish(optional=("kind",))
    faults.raise_if_any(InvalidPayloadError, "The opportunity breaks a rule.")
    return opportunity
