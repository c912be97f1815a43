"""Vocabularies over HTTP: one word for one thing, however it is written."""

from tests.clients import World
from tests.ledgers import PROJECT


def test_what_content_and_opportunities_are_about_is_in_the_vocabulary(world: World) -> None:
    terms = [{"key": "open-source", "label": {"en": "Open source"}, "aliases": ["foss"]}]
    world.admin.send("PUT", "/v1/vocabularies/topic", 201, json={"terms": terms})
    talk = {"title": "Talk", "origin": "in_house", "mode": "online", "topics": ["foss"]}
    world.admin.send("PUT", "/v1/content/talk", 201, json=talk)
    talk["topics"] = ["open-source", "sauce"]
    problem = world.admin.refused("PUT", "/v1/content/talk", 422, "invalid_payload", json=talk)
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/topics", "unknown_term")]
    world.admin.send("PUT", "/v1/hubs/things", 201, json={"name": "Things"})
    need = {"title": "Docs", "topics": ["sauce"], "hub": "thinks"}
    problem = world.admin.refused("PUT", "/v1/opportunities/docs", 422, "invalid_payload", json=need)
    assert [each["pointer"] for each in problem["errors"]] == ["/hub", "/topics"]
    world.admin.send("PUT", "/v1/opportunities/docs", 201, json={"title": "Docs", "hub": "things"})


def test_a_reported_task_gets_the_key_of_its_term(world: World) -> None:
    label = {"en": "Community project"}
    terms = [{"key": "community-project", "label": label, "aliases": ["project"]}]
    world.admin.send("PUT", "/v1/vocabularies/experience-kind", 201, json={"terms": terms})
    for said, kept in (("project", "community-project"), ("walk", "walk")):
        report = PROJECT | {"title": said, "template": said}
        assert world.amina.post(f"{world.enrolment}/evidence", report)["template"] == kept
