"""Tokens over HTTP: made, listed and revoked by those who may."""

from sqlalchemy import select

from app.database import transaction
from app.domain.actors import ROLE_SCOPES, Role
from app.models import IdempotencyRecord
from tests.clients import Caller, World
from tests.ledgers import NOW

ORDER = {"name": "Learning platform", "role": "integration", "subject": "lms.example.org"}


def test_a_new_token_works_and_its_secret_is_shown_once(world: World) -> None:
    made = world.admin.post("/v1/tokens", ORDER)
    assert made["secret"].startswith(made["hint"])
    assert made["scopes"] == sorted(ROLE_SCOPES[Role.INTEGRATION])
    assert (made["subject"], made["learner"], made["revoked_at"]) == ("lms.example.org", None, None)
    Caller(world.client, made["secret"]).get("/v1/learners")
    listed = world.admin.get("/v1/tokens")
    [shown] = [token for token in listed if token["id"] == made["id"]]
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert made["secret"] not in str(listed)


def test_defaults_are_the_name_and_ninety_days(world: World) -> None:
    made = world.admin.post("/v1/tokens", {"name": "Ines", "role": "author"})
    assert made["subject"] == "Ines"
    assert (made["created_at"], made["expires_at"]) == ("2016-03-01T09:00:00Z", "2016-05-30T09:00:00Z")


def test_a_token_may_be_smaller_and_shorter(world: World) -> None:
    order = ORDER | {"scopes": ["learners:read"], "expires_in_days": 1}
    made = world.admin.post("/v1/tokens", order)
    assert (made["scopes"], made["expires_at"]) == (["learners:read"], "2016-03-02T09:00:00Z")
    caller = Caller(world.client, made["secret"])
    caller.get("/v1/learners")
    caller.refused("GET", "/v1/credentials", 403, "insufficient_scope")


def test_what_is_wrong_with_an_order_is_named_at_once(world: World) -> None:
    order = {"name": " ", "role": "queen", "expires_in_days": 367, "scopes": ["all"], "learnr": "x"}
    problem = world.admin.refused("POST", "/v1/tokens", 422, "invalid_payload", json=order)
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert pointers == {"/name", "/role", "/expires_in_days", "/scopes/0", "/learnr"}


def test_scopes_beyond_the_role_and_a_missing_learner_are_refused(world: World) -> None:
    wrong = ORDER | {"scopes": ["tokens:write"]}
    problem = world.admin.refused("POST", "/v1/tokens", 422, "invalid_payload", json=wrong)
    assert problem["errors"][0]["pointer"] == "/scopes"
    missing = {"name": "x", "role": "learner"}
    problem = world.admin.refused("POST", "/v1/tokens", 422, "invalid_payload", json=missing)
    assert problem["errors"][0]["pointer"] == "/learner"


def test_a_keyed_order_whose_answer_was_lost_with_the_process_gets_a_token_when_it_is_repeated(
    world: World,
) -> None:
    key = {"Idempotency-Key": "laptop"}
    lost = world.admin.send("POST", "/v1/tokens", 201, json=ORDER, headers=key)
    with transaction(world.engine) as session:  # as if the process had ended before it kept the answer
        record = session.scalars(select(IdempotencyRecord)).one()
        record.response_status, record.sealed_body = None, None
    problem = world.admin.refused(
        "POST", "/v1/tokens", 409, "idempotency_in_progress", json=ORDER, headers=key
    )
    assert problem["hint"]
    with transaction(world.engine) as session:
        session.scalars(select(IdempotencyRecord)).one().lease_until = NOW
    made = world.admin.send("POST", "/v1/tokens", 201, json=ORDER, headers=key)
    Caller(world.client, made["secret"]).get("/v1/learners")
    assert world.admin.send("POST", "/v1/tokens", 201, json=ORDER, headers=key) == made
    assert made["id"] != lost["id"]


def test_only_administrators_deal_with_tokens(world: World) -> None:
    for caller in (world.amina, world.lms, world.reviewer):
        caller.refused("POST", "/v1/tokens", 403, "insufficient_scope", json=ORDER)
        caller.refused("GET", "/v1/tokens", 403, "insufficient_scope")
        caller.refused("DELETE", "/v1/tokens/x", 403, "insufficient_scope")
    world.nobody.refused("POST", "/v1/tokens", 401, "not_authenticated", json=ORDER)


def test_a_small_administrators_token_gives_away_no_more_than_it_has(world: World) -> None:
    small = {"name": "Help desk", "role": "administrator", "scopes": ["tokens:write", "learners:read"]}
    helper = Caller(world.client, world.admin.post("/v1/tokens", small)["secret"])
    helper.refused("POST", "/v1/tokens", 403, "insufficient_scope", json=ORDER)
    helper.post("/v1/tokens", ORDER | {"scopes": ["learners:read"]})


def test_a_revoked_token_is_refused_at_once(world: World) -> None:
    made = world.admin.post("/v1/tokens", ORDER)
    caller = Caller(world.client, made["secret"])
    caller.get("/v1/learners")
    for _ in range(2):
        assert world.admin.send("DELETE", f"/v1/tokens/{made['id']}", 204) is None
    caller.refused("GET", "/v1/learners", 401, "not_authenticated")
    [shown] = [token for token in world.admin.get("/v1/tokens") if token["id"] == made["id"]]
    assert shown["revoked_at"] == "2016-03-01T09:00:00Z"


def test_another_issuers_token_is_not_there(world: World) -> None:
    made, stranger = world.admin.post("/v1/tokens", ORDER), world.another_issuer()
    stranger.refused("DELETE", f"/v1/tokens/{made['id']}", 404, "not_found")
    assert made["id"] not in {token["id"] for token in stranger.get("/v1/tokens")}
    Caller(world.client, made["secret"]).get("/v1/learners")


def test_an_id_of_another_form_is_refused(world: World) -> None:
    for strange in ("a" * 65, "a'b", "%C3%A9"):
        world.admin.refused("DELETE", f"/v1/tokens/{strange}", 422, "invalid_payload")


def test_the_list_leads_on(world: World) -> None:
    for _ in range(3):
        world.admin.post("/v1/tokens", ORDER)
    seen, address = [], "/v1/tokens?limit=2"
    headers = {"Authorization": f"Bearer {world.admin.token}"}
    while address:
        answer = world.client.get(address, headers=headers)
        seen += [token["id"] for token in answer.json()]
        address = answer.links.get("next", {}).get("url", "")
    assert seen == sorted(set(seen))
    assert seen == [token["id"] for token in world.admin.get("/v1/tokens?limit=200")]
