import json

import pytest
from sqlalchemy.orm import Session

from app.domain.actors import Actor, Role
from app.errors import NotFoundError
from app.services.achievements import (
    achievement_document,
    achievement_png,
    list_versions,
    load_achievement,
)
from app.signing.baking import PNG_SIGNATURE
from app.signing.jsonld import canonize
from tests.ledgers import actor_of, make_issuer, publish_definitions, publish_small_passport


@pytest.fixture
def author(session: Session) -> Actor:
    issuer = make_issuer(session)
    publish_definitions(session, issuer)
    return actor_of(issuer, Role.AUTHOR)


def test_the_document_is_json_ld_about_the_achievement(session: Session, author: Actor) -> None:
    found = load_achievement(session, "small", "1.0.0")
    assert found.version.issuer_id == author.issuer_id
    document = json.loads(achievement_document(found))
    assert document["id"] == "https://passports.example.org/achievements/small/1.0.0"
    assert document["type"] == ["Achievement"]
    assert "Run a project" in document["criteria"]["narrative"]
    assert f"<{document['id']}>" in canonize(document)


def test_the_picture_is_the_same_every_time(session: Session, author: Actor) -> None:
    found = load_achievement(session, "small", "1.0.0")
    assert found.version.published_by == "author"
    assert author.issuer_id == found.version.issuer_id
    assert "Small" in found.svg
    png = achievement_png(found)
    assert png.startswith(PNG_SIGNATURE)
    assert achievement_png(found) is png


def test_all_versions_of_a_passport_are_listed(session: Session, author: Actor) -> None:
    issuer = load_achievement(session, "small", "1.0.0")
    other = make_issuer(session, "elsewhere")
    publish_definitions(session, other)
    publish_small_passport(session, other, version="3.0.0")
    assert [each.version.version for each in list_versions(session, issuer)] == ["1.0.0"]
    theirs = load_achievement(session, "small.elsewhere", "3.0.0")
    assert [each.version.version for each in list_versions(session, theirs)] == ["1.0.0", "3.0.0"]
    assert theirs.version.issuer_id != author.issuer_id


@pytest.mark.parametrize(("key", "version"), [("small", "9.0.0"), ("small.elsewhere", "1.0.0"), ("", "")])
def test_what_is_not_published_is_not_found(session: Session, author: Actor, key: str, version: str) -> None:
    assert load_achievement(session, "small", "1.0.0").version.issuer_id == author.issuer_id
    with pytest.raises(NotFoundError):
        load_achievement(session, key, version)
