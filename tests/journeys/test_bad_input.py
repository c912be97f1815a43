"""Bad input: a problem with a stable code, never a failure of ours, and nothing stored."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import Base
from tests.stories import Api, Community, Json, Service, enrol

BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "it ends too early": (b'{"title": "Op', 400, "malformed_body"),
    "two values": (b"{} {}", 400, "malformed_body"),
    "a key twice": (b'{"title": "a", "title": "b"}', 400, "malformed_body"),
    "NaN": (b'{"title": NaN}', 400, "malformed_body"),
    "infinity": (b'{"title": 1e999}', 400, "malformed_body"),
    "a NUL character": (b'{"title": "a\\u0000b"}', 400, "malformed_body"),
    "half a surrogate pair": (b'{"title": "\\ud800"}', 400, "malformed_body"),
    "not UTF-8": (b'{"title": "\xff"}', 400, "malformed_body"),
    "nested too deeply": (b'{"title": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed_body"),
    "300 KB": (b'{"title": "' + b"a" * 300_000 + b'"}', 413, "body_too_large"),
}
BAD_YAML: dict[str, bytes] = {
    "a tag": b"title: !!python/object/apply:os.getcwd []\n",
    "an alias": b"title: &a [x]\ntags: [*a, *a]\n",
    "a key twice": b"title: a\ntitle: b\n",
    "two documents": b"title: a\n---\ntitle: b\n",
    "a NUL character": b'title: "a\\0b"\n',
    "no end": b'title: "a\n',
}


def count_rows(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def administrator(idle_service: Service) -> Api:
    return idle_service.administrator_of("community")


def writing_operations(document: Json) -> list[tuple[str, str]]:
    """Return method and path of each operation under /v1 that reads a body."""
    return [
        (
            method.upper(),
            path.replace("{id}", "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e").replace("{key}", "some"),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/") and "requestBody" in operation
    ]


def refuse(api: Api, method: str, path: str, expected: tuple[int, str], **content: Any) -> Json:  # noqa: ANN401 (httpx's own arguments)
    """Make a call that has to be refused with this status and code; return the problem."""
    answer = api(method, path, **content)
    assert (answer.status_code, answer.json().get("code")) == expected, (
        f"{method} {path}: {answer.status_code} {answer.text[:500]}"
    )
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith(f"/problems/{problem['code']}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_a_body_that_cannot_be_read_is_refused_everywhere(administrator: Api, engine: Engine) -> None:
    operations = writing_operations(administrator.get("/openapi.json"))
    assert len(operations) >= 14
    before = count_rows(engine)
    json_type = {"Content-Type": "application/json"}
    for method, path in operations:
        for name, (body, status, code) in BAD_BODIES.items():
            if name == "300 KB" and path in ("/v1/plan", "/v1/apply"):
                continue  # bundles are larger
            refuse(administrator, method, path, (status, code), content=body, headers=json_type)
    assert count_rows(engine) == before


def test_yaml_that_is_more_than_data_is_refused(administrator: Api, engine: Engine) -> None:
    before = count_rows(engine)
    yaml_type = {"Content-Type": "application/yaml"}
    for body in BAD_YAML.values():
        path = "/v1/content/open-by-design"
        refuse(administrator, "PUT", path, (400, "malformed_body"), content=body, headers=yaml_type)
    assert count_rows(engine) == before


def test_the_verifier_refuses_what_it_cannot_read(idle_service: Service, engine: Engine) -> None:
    stranger, before = idle_service.as_(None), count_rows(engine)
    for name, (body, _, _) in BAD_BODIES.items():
        if name == "300 KB":
            continue  # the verifier reads more, since pictures are larger
        headers = {"Content-Type": "application/json"}
        refuse(stranger, "POST", "/verify", (400, "malformed_body"), content=body, headers=headers)
    headers = {"Content-Type": "image/png"}
    unreadable = (422, "unreadable_credential")
    refuse(stranger, "POST", "/verify", unreadable, content=b"\x89PNG\r\n\x1a\nnothing", headers=headers)
    refuse(stranger, "POST", "/verify", (422, "invalid_payload"), json={})
    refuse(stranger, "POST", "/verify", (422, "invalid_payload"), json={"url": "http://10.0.0.1/x"})
    assert count_rows(engine) == before


def test_an_unknown_member_is_refused_with_a_suggestion(community: Community, engine: Engine) -> None:
    amina = enrol(community)
    administrator = community.administrator
    before = count_rows(engine)
    evidence = {"kind": "experience", "title": "A day", "occurred_at": "2020-01-01", "tittle": "x"}
    for method, path, body, pointer in (
        ("POST", "/v1/tokens", {"name": "x", "role": "author", "subjekt": "x"}, "/subjekt"),
        ("POST", f"/v1/enrolments/{amina.enrolment}/evidence", evidence, "/tittle"),
        ("PUT", "/v1/frameworks/some", {"title": "x", "version": "1", "itmes": []}, "/itmes"),
        ("PATCH", f"/v1/learners/{amina.id}", {"emial": "a@example.org"}, "/emial"),
    ):
        problem = refuse(administrator, method, path, (422, "invalid_payload"), json=body)
        [fault] = [fault for fault in problem["errors"] if fault["pointer"] == pointer]
        assert "Did you mean" in fault["hint"]
    unchanged = {"evidence", "learners", "definitions", "audit_events"}
    after = count_rows(engine)
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


def test_a_yaml_body_is_refused_with_the_line(administrator: Api) -> None:
    rule = b"rule:\n  key: a\n  section: choice\n  choice:\n    min_minuts: 3\n"
    body = b"title: A passport\nversion: 1.0.0\n" + rule
    headers = {"Content-Type": "application/yaml"}
    path = "/v1/passports/community-leadership"
    problem = refuse(administrator, "PUT", path, (422, "invalid_payload"), content=body, headers=headers)
    [fault] = [fault for fault in problem["errors"] if fault["pointer"] == "/rule/choice/min_minuts"]
    assert fault["line"] == 7
    assert "min_minutes" in fault["hint"]


def test_an_empty_group_cannot_be_published(community: Community) -> None:
    author = community.author
    rule: dict[str, Any] = {"key": "root", "all_of": []}
    body = {"title": "Nothing", "version": "1.0.0", "rule": rule}
    answer = author("PUT", "/v1/passports/nothing", json=body)
    if answer.status_code == 201:
        answer = author("POST", "/v1/passports/nothing/versions")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith("/rule")


WRONG_TOKENS = (None, "Bearer wrong", "Bearer lpt_" + "A" * 43, "Basic YTpi", "Bearer", "lpt_x", "Bearer a b")


def test_without_a_valid_token_nothing_is_done(idle_service: Service, engine: Engine) -> None:
    before = count_rows(engine)
    body = {"namespace": "https://lms.example.org", "external_id": "a", "display_name": "A"}
    stranger, expected = idle_service.as_(None), (401, "not_authenticated")
    for authorization in WRONG_TOKENS:
        headers = {"Authorization": authorization} if authorization else {}
        refuse(stranger, "POST", "/v1/learners", expected, json=body, headers=headers)
        answer = stranger("GET", "/v1/learners", 401, headers=headers)
        assert answer.headers["www-authenticate"] == "Bearer"
        keyed = headers | {"Idempotency-Key": "k"}
        refuse(stranger, "POST", "/v1/learners", expected, json=body, headers=keyed)
    assert count_rows(engine) == before


def test_a_token_without_the_scope_is_told_which_one(administrator: Api, idle_service: Service) -> None:
    order = {"name": "ines", "role": "author"}
    author = idle_service.as_(administrator.post("/v1/tokens", order)["secret"])
    problem = refuse(author, "GET", "/v1/learners", (403, "insufficient_scope"))
    assert "learners:read" in problem["detail"]


def test_a_revoked_token_is_dead_at_once(administrator: Api, idle_service: Service) -> None:
    made = administrator.post("/v1/tokens", {"name": "ines", "role": "author"})
    author = idle_service.as_(made["secret"])
    author.get("/v1/passports")
    administrator("DELETE", f"/v1/tokens/{made['id']}", 204)
    administrator("DELETE", f"/v1/tokens/{made['id']}", 204)
    refuse(author, "GET", "/v1/passports", (401, "not_authenticated"))


def test_addresses_methods_and_media_types_that_are_not_there(administrator: Api) -> None:
    refuse(administrator, "GET", "/v1/nothing", (404, "not_found"))
    refuse(administrator, "DELETE", "/v1/learners", (405, "method_not_allowed"))
    refuse(administrator, "GET", "/v1/learners?limit=201", (422, "invalid_payload"))
    refuse(administrator, "GET", "/v1/learners/%00", (404, "not_found"))
    refuse(administrator, "GET", "/v1/credentials?learner=%00", (404, "not_found"))
    refuse(administrator, "GET", "/v1/tokens?after=' OR 1=1", (422, "invalid_payload"))
    xml = {"Content-Type": "application/xml"}
    refuse(
        administrator, "POST", "/v1/learners", (415, "unsupported_media_type"), content=b"<a/>", headers=xml
    )


STRANGE_NAMES = ("%00", "%2e%2e%2fetc", "a" * 3000, "%f0%9f%98%80", "%ff", "' OR 1=1 --")


def test_strange_names_are_not_found_and_break_nothing(administrator: Api) -> None:
    for path in ("/credentials/", "/status-lists/", "/issuers/", "/v1/tokens/", "/problems/"):
        for name in STRANGE_NAMES:
            for method in ("GET", "DELETE") if path.startswith("/v1/") else ("GET",):
                answer = administrator(method, path + name)
                assert answer.status_code in {404, 405, 422}, answer.text[:500]
                assert answer.headers["content-type"] == "application/problem+json"
