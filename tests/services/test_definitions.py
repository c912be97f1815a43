from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.errors import BusyError, NotFoundError, PreconditionFailedError, VersionExistsError
from app.models import AuditEvent, Definition, DefinitionVersion, Issuer
from app.services.definitions import (
    DefinitionKind,
    Noun,
    Preconditions,
    Publication,
    etag_of,
    list_definitions,
    load_definition,
    load_public_version,
    load_version,
    public_key_of,
    publish_version,
    put_definition,
)
from app.services.pages import Window
from tests.ledgers import NOW, actor_of, make_issuer

KIND = DefinitionKind.RUBRIC
NOUN = Noun(KIND, "rubrics", lambda document, _key: document)
"""Rubrics without the rules for what is in one."""
LATER = NOW + timedelta(days=1)
ANYHOW = Preconditions()
CREATE_ONLY = Preconditions(if_none_match="*")


@pytest.fixture
def author(engine: Engine) -> Actor:
    with transaction(engine) as session:
        return actor_of(make_issuer(session), Role.AUTHOR, "ines")


def document(title: str = "One", version: str = "1.0.0") -> dict[str, Any]:
    return {"key": "outcome", "version": version, "title": title}


def put(
    session: Session,
    author: Actor,
    value: dict[str, Any] | None = None,
    conditions: Preconditions = ANYHOW,
) -> tuple[Definition, bool]:
    draft = (NOUN, "outcome", value or document())
    return put_definition(session, author, draft, conditions, now=NOW)


def publish(session: Session, author: Actor) -> tuple[DefinitionVersion, bool]:
    draft = load_definition(session, author, KIND, "outcome")
    public_key = public_key_of(session, draft)
    publication = Publication(draft.document["version"], public_key, draft.document)
    return publish_version(session, author, draft, publication, now=NOW)


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def stranger_of(engine: Engine) -> Actor:
    with transaction(engine) as session:
        return actor_of(make_issuer(session, "elsewhere"), Role.AUTHOR, "olga")


# Drafts ----------------------------------------------------------------------------------------------


def test_a_draft_is_created_then_replaced(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        first, created = put(session, author)
        tag = etag_of(first)
        assert (created, first.document, first.updated_by) == (True, document(), "ines")
        second, created_again = put(session, replace(author, subject="ben"), document("Two"))
        assert (second.id, created_again) == (first.id, False)
        assert (second.document["title"], second.updated_by) == ("Two", "ben")
        assert etag_of(second) != tag
        assert actions(session) == ["create", "update"]


def test_the_same_document_again_changes_nothing(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        tag = etag_of(put(session, author)[0])
        reordered = dict(reversed(document().items()))
        again, created = put_definition(
            session,
            replace(author, subject="ben"),
            (NOUN, "outcome", reordered),
            ANYHOW,
            now=LATER,
        )
        assert (etag_of(again), created) == (tag, False)
        assert (again.updated_by, again.updated_at) == ("ines", NOW)
        assert actions(session) == ["create"]


@pytest.mark.parametrize(
    "conditions",
    [
        lambda tag: Preconditions(if_match=tag),
        lambda tag: Preconditions(if_match=f'"other", {tag}'),
        lambda _tag: Preconditions(if_match="*"),
        lambda _tag: Preconditions(if_none_match='"other"'),
    ],
)
def test_a_replacement_goes_on_when_its_preconditions_hold(
    engine: Engine, author: Actor, conditions: Callable[[str], Preconditions]
) -> None:
    with transaction(engine) as session:
        tag = etag_of(put(session, author)[0])
        assert put(session, author, document("Two"), conditions(tag))[0].document["title"] == "Two"


@pytest.mark.parametrize(
    "conditions",
    [
        lambda _tag: Preconditions(if_match='"other"'),
        lambda tag: Preconditions(if_match=f"W/{tag}"),  # a weak tag is no promise (RFC 9110, 8.8.3.2)
        lambda _tag: CREATE_ONLY,
        lambda tag: Preconditions(if_none_match=tag),
    ],
)
def test_a_replacement_is_refused_when_its_preconditions_do_not_hold(
    engine: Engine, author: Actor, conditions: Callable[[str], Preconditions]
) -> None:
    with transaction(engine) as session:
        tag = etag_of(put(session, author)[0])
        with pytest.raises(PreconditionFailedError):
            put(session, author, document("Two"), conditions(tag))
        assert load_definition(session, author, KIND, "outcome").document["title"] == "One"


def test_preconditions_decide_about_a_creation(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        with pytest.raises(PreconditionFailedError, match="does not exist") as refusal:
            put(session, author, conditions=Preconditions(if_match="*"))
        assert "Read it again" in str(refusal.value.hint)
        assert put(session, author, conditions=CREATE_ONLY)[1]


def test_the_first_puts_at_once_make_one_draft(engine: Engine, author: Actor) -> None:
    def call(number: int) -> bool:
        with transaction(engine) as session:
            return put(session, author, document(f"Title {number}"))[1]

    with ThreadPoolExecutor(12) as pool:
        created = list(pool.map(call, range(12)))
    assert created.count(True) == 1
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Definition.id))) == 1
        assert sorted(actions(session)) == ["create"] + ["update"] * 11


def test_only_one_of_many_creates_a_draft_that_must_be_new(engine: Engine, author: Actor) -> None:
    def call(number: int) -> bool:
        try:
            with transaction(engine) as session:
                return put(session, author, document(f"Title {number}"), CREATE_ONLY)[1]
        except PreconditionFailedError:
            return False

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(call, range(12))).count(True) == 1


def test_a_draft_of_another_issuer_is_not_found(engine: Engine, author: Actor) -> None:
    stranger = stranger_of(engine)
    with transaction(engine) as session:
        put(session, author)
        with pytest.raises(NotFoundError, match="There is no rubric outcome"):
            load_definition(session, stranger, KIND, "outcome")
        assert list_definitions(session, stranger, KIND, Window(50)).rows == []
        assert put(session, stranger)[1]


def test_a_list_holds_one_kind_in_pages(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        for number in range(3):
            draft = (NOUN, f"rubric-{number}", document())
            put_definition(session, author, draft, ANYHOW, now=NOW)
        other = (replace(NOUN, kind=DefinitionKind.FRAMEWORK), "framework", document())
        put_definition(session, author, other, ANYHOW, now=NOW)
        first = list_definitions(session, author, KIND, Window(2))
        rest = list_definitions(session, author, KIND, Window(2, first.next_after))
    assert [row.key for row in (*first.rows, *rest.rows)] == ["rubric-0", "rubric-1", "rubric-2"]
    assert rest.next_after is None


# Versions --------------------------------------------------------------------------------------------


def test_publishing_again_gives_the_same_version(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        put(session, author)
        version, created = publish(session, author)
        again, created_again = publish(session, replace(author, subject="ben"))
        assert (created, created_again, again.id) == (True, False, version.id)
        assert (version.document, version.published_by) == (document(), "ines")
        assert actions(session) == ["create", "publish"]


def test_another_draft_under_the_same_version_is_refused(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        put(session, author)
        publish(session, author)
        put(session, author, document("Two"))
        with pytest.raises(VersionExistsError, match=r"Version 1\.0\.0 of rubric outcome") as refusal:
            publish(session, author)
        assert refusal.value.hint == "Give the changed draft a new version number."
        put(session, author, document("Two", "1.1.0"))
        assert publish(session, author)[1]
        first = load_version(session, author.issuer_id, KIND, "outcome", "1.0.0")
        last = load_version(session, author.issuer_id, KIND, "outcome", None)
        assert (first.document["title"], last.document["title"]) == ("One", "Two")


def test_20_publications_at_once_make_one_version(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        put(session, author)

    def call(_: int) -> tuple[str, bool]:
        with transaction(engine) as session:
            version, created = publish(session, author)
            return version.id, created

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(call, range(20)))
    assert len({version for version, _ in answers}) == 1
    assert [created for _, created in answers].count(True) == 1
    with transaction(engine) as session:
        assert actions(session) == ["create", "publish"]


def test_a_published_version_neither_changes_nor_goes(engine: Engine, author: Actor) -> None:
    with transaction(engine) as session:
        put(session, author)
        version_id = publish(session, author)[0].id
    with pytest.raises(TypeError, match="append-only"), transaction(engine) as session:
        session.get_one(DefinitionVersion, version_id).document = document("Two")
    with pytest.raises(TypeError, match="append-only"), transaction(engine) as session:
        session.delete(session.get_one(DefinitionVersion, version_id))
    with transaction(engine) as session:
        assert session.get_one(DefinitionVersion, version_id).document == document()


@pytest.mark.parametrize("version", ["2.0.0", None])
def test_what_is_not_published_is_not_found(engine: Engine, author: Actor, version: str | None) -> None:
    with transaction(engine) as session, pytest.raises(NotFoundError, match="no published rubric outcome"):
        load_version(session, author.issuer_id, KIND, "outcome", version)


# Public names ----------------------------------------------------------------------------------------


def test_the_second_issuer_of_a_key_gets_another_public_name(engine: Engine, author: Actor) -> None:
    stranger = stranger_of(engine)
    with transaction(engine) as session:
        for actor, title in ((author, "One"), (stranger, "Another")):
            put(session, actor, document(title))
            publish(session, actor)
        ours = load_public_version(session, KIND, "outcome", "1.0.0")
        theirs = load_public_version(session, KIND, "outcome.elsewhere", "1.0.0")
        assert (ours.document["title"], theirs.document["title"]) == ("One", "Another")
        for actor, name in ((author, "outcome"), (stranger, "outcome.elsewhere")):
            put(session, actor, document("Later", "2.0.0"))
            assert publish(session, actor)[0].public_key == name
        with pytest.raises(NotFoundError):
            load_public_version(session, KIND, "outcome.nowhere", "1.0.0")


def test_two_issuers_who_publish_a_key_at_once_end_with_two_names(engine: Engine, author: Actor) -> None:
    stranger = stranger_of(engine)
    with transaction(engine) as session:
        for actor in (author, stranger):
            put(session, actor)
        draft = load_definition(session, stranger, KIND, "outcome")
        taken = Publication("1.0.0", public_key_of(session, draft), draft.document)
        publish(session, author)  # after the stranger has looked which name is free
        with pytest.raises(BusyError, match="at the same time"):
            publish_version(session, stranger, draft, taken, now=NOW)
        version, created = publish(session, stranger)
        assert (created, version.public_key) == (True, "outcome.elsewhere")
        assert session.scalar(select(func.count(Issuer.id))) == 2
