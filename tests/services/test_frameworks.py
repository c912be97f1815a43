import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.errors import InvalidPayloadError, NotFoundError
from app.schemas.pages import FrameworkPage
from app.services import frameworks
from app.services.definitions import Preconditions, publish_definition, put_definition
from app.services.frameworks import (
    describe_framework,
    load_public_framework,
)
from tests.effort import calls_of
from tests.ledgers import FRAMEWORK, NOW, SITE, actor_of, make_issuer

KEY = "participation-leadership"


@pytest.fixture
def author(session: Session) -> Actor:
    return actor_of(make_issuer(session), Role.AUTHOR)


def put(session: Session, author: Actor, **members: object) -> None:
    put_definition(session, author, (frameworks.NOUN, KEY, FRAMEWORK | members), now=NOW)


def test_a_draft_is_kept_in_its_full_form(session: Session, author: Actor) -> None:
    draft, created = put_definition(
        session, author, (frameworks.NOUN, KEY, FRAMEWORK), Preconditions(), now=NOW
    )
    assert created
    assert draft.document["key"] == KEY
    assert draft.document["items"][0] == {
        "code": "working-open",
        "kind": "block",
        "label": "Working Open",
        "statement": None,
        "parent": None,
        "aliases": [],
    }
    again, _ = put_definition(
        session, author, (frameworks.NOUN, KEY, draft.document), Preconditions(), now=NOW
    )
    assert again.digest == draft.digest


def test_a_faulty_draft_is_refused_with_every_fault(session: Session, author: Actor) -> None:
    items = [{"code": "a", "label": "A", "parent": "z"}, {"code": "a"}]
    with pytest.raises(InvalidPayloadError) as refusal:
        put(session, author, items=items)
    pointers = {fault.pointer for fault in refusal.value.faults}
    assert pointers == {"/items/0/parent", "/items/1/code", "/items/1/label"}
    with pytest.raises(NotFoundError):
        publish_definition(session, author, frameworks.NOUN, KEY, site=SITE, now=NOW)


def test_the_page_shows_the_items_as_a_tree(session: Session, author: Actor) -> None:
    items = [
        {"code": "feedback", "label": "Giving feedback", "kind": "skill", "parent": "working-open"},
        {"code": "working-open", "label": "Working Open", "statement": "In the open.", "aliases": ["WO"]},
        {"code": "listening", "label": "Listening", "kind": "practice", "parent": "feedback"},
    ]
    put(session, author, items=items)
    publish_definition(session, author, frameworks.NOUN, KEY, site=SITE, now=NOW)
    version, framework = load_public_framework(session, KEY, "0.1")
    page = describe_framework(session, version, framework)
    assert (page.path, page.published_at) == (f"/frameworks/{KEY}/0.1", NOW)
    assert page.issuer is not None
    assert (page.issuer.name, page.issuer.url) == ("Community", "/issuers/community")
    [block] = page.items
    assert (block.code, block.statement, block.aliases) == ("working-open", "In the open.", ("WO",))
    [skill] = block.children
    assert [child.code for child in skill.children] == ["listening"]


def test_describing_the_largest_framework_costs_so_much_for_each_item(engine: Engine) -> None:
    flat = [{"code": f"c{number}", "label": "Item"} for number in range(1000)]
    with transaction(engine) as session:
        author = actor_of(make_issuer(session), Role.AUTHOR)
        put(session, author, items=flat)
        publish_definition(session, author, frameworks.NOUN, KEY, site=SITE, now=NOW)
        version, framework = load_public_framework(session, KEY, "0.1")
        pages: list[FrameworkPage] = []
        calls = calls_of(lambda: pages.append(describe_framework(session, version, framework)))
        assert calls < 20 * len(flat)
        assert len(pages[0].items) == 1000


def test_what_is_not_published_is_not_public(session: Session, author: Actor) -> None:
    put(session, author)
    with pytest.raises(NotFoundError):
        load_public_framework(session, KEY, "0.1")
