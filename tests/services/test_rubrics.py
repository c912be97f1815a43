import pytest
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Role
from app.errors import InvalidPayloadError, VersionExistsError
from app.services import rubrics
from app.services.definitions import publish_definition, put_definition
from tests.ledgers import NOW, RUBRIC, SITE, actor_of, make_issuer

KEY = "project-outcomes"


@pytest.fixture
def author(session: Session) -> Actor:
    return actor_of(make_issuer(session), Role.AUTHOR)


def put(session: Session, author: Actor, **members: object) -> None:
    put_definition(session, author, (rubrics.NOUN, KEY, RUBRIC | members), now=NOW)


def test_a_version_is_what_the_draft_was(session: Session, author: Actor) -> None:
    put(session, author)
    version, created = publish_definition(session, author, rubrics.NOUN, KEY, site=SITE, now=NOW)
    assert (created, version.version, version.extras) == (True, "1.0.0", {})
    assert version.document["criteria"][0]["levels"][1] == {
        "key": "achieved",
        "title": "Achieved",
        "description": None,
    }
    put(session, author, title="Another")
    with pytest.raises(VersionExistsError):
        publish_definition(session, author, rubrics.NOUN, KEY, site=SITE, now=NOW)
    assert version.document["title"] == RUBRIC["title"]


def test_a_faulty_draft_is_refused_with_every_fault(session: Session, author: Actor) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        put(session, author, title="", criteria=[{"key": "outcome", "title": "What", "levels": []}])
    assert {fault.pointer for fault in refusal.value.faults} == {"/title", "/criteria/0/levels"}
