"""The description of the API: current, complete, and true for whatever is sent."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import InvalidSchema
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.domain.actors import Scope
from app.main import make_api
from tests.stories import Api, Json, Service, complete, enrol, found_community, receive, running

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = make_api().openapi()
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def needs_token(name: str) -> bool:
    return " /v1/" in name or " /vc-api/issuers/" in name


def under_v1() -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, operation) for name, operation in operations() if " /v1/" in name)


# What is written ------------------------------------------------------------------------------------


def test_the_file_is_current() -> None:
    """Else: make openapi."""
    assert json.loads((ROOT / "openapi" / "openapi.json").read_text()) == DOCUMENT


def test_every_operation_says_what_it_does() -> None:
    ids = Counter(operation["operationId"] for _, operation in operations())
    assert {name: count for name, count in ids.items() if count > 1} == {}
    assert [name for name, operation in operations() if not operation.get("summary")] == []
    assert [name for name, operation in under_v1() if not operation.get("description")] == []


def test_every_operation_of_the_api_names_its_scope() -> None:
    known = {scope.value for scope in Scope}
    for name, operation in operations():
        assert ("security" in operation) == needs_token(name), name
        for scheme in operation.get("security", ()):
            assert set(scheme["token"]) <= known, name
            assert len(scheme["token"]) == 1, name


def examples(content: Json) -> list[Json]:
    given = [content["example"]] if "example" in content else []
    return given + [example["value"] for example in content.get("examples", {}).values()]


def check_examples(content: Json, where: str) -> None:
    found = examples(content)
    assert found, f"{where} has no example"
    schema = content["schema"] | {"components": DOCUMENT["components"]}
    for example in found:
        jsonschema.validate(example, schema, jsonschema.Draft202012Validator)


def test_every_request_and_every_success_has_an_example_that_fits() -> None:
    for name, operation in operations():
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            check_examples(content, f"the {media_type} body of {name}")
        for status, answer in operation["responses"].items():
            if status.startswith("2") and status != "204":
                assert answer["content"], (name, status)
                for media_type, content in answer["content"].items():
                    check_examples(content, f"{status} of {name} as {media_type}")


def test_every_failure_is_problem_details() -> None:
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer["content"]["application/problem+json"]["schema"] == PROBLEM, (name, status)
                assert answer["description"], (name, status)
    for name, operation in under_v1():
        wanted = {"401", "403"} | ({"400", "409", "413", "415", "422"} if "GET" not in name else set())
        assert wanted <= operation["responses"].keys(), name


def test_the_examples_of_problems_are_problems() -> None:
    for code, example in DOCUMENT["components"]["examples"].items():
        jsonschema.validate(example["value"], DOCUMENT["components"]["schemas"]["Problem"])
        assert example["value"]["code"] == code


def test_unsafe_operations_name_the_idempotency_key() -> None:
    for name, operation in under_v1():
        headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        assert ("Idempotency-Key" in headers) == ("GET" not in name), name


# What is answered -----------------------------------------------------------------------------------

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
PARTS = 4  # so that the longest test of all can share the cores
EXAMPLES_EACH = int(os.environ.get("PASSPORTS_TEST_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def real_things(service: Service) -> tuple[Api, dict[str, dict[str, str]]]:
    """Return an administrator, and names of things that exist, by the collection in the path."""
    community = found_community(service)
    administrator = community.administrator
    amina = enrol(community)
    complete(community, amina)
    credential = receive(amina)
    administrator.put("/v1/issuer-instances/community-eddsa", {"cryptosuite": "eddsa-rdfc-2022"})
    spare = administrator.post("/v1/tokens", {"name": "spare", "role": "author"})
    passport = {"key": "community-leadership", "version": "1.0.0"}
    status_list = administrator.get(credential["url"] + ".json")["credentialStatus"]["statusListCredential"]
    return administrator, {
        "issuers": {"key": "community"},
        "tokens": {"id": spare["id"]},
        "frameworks": {"key": "participation-leadership", "version": "0.1"},
        "rubrics": {"key": "project-outcomes", "version": "1.0.0"},
        "content": {"key": "open-by-design"},
        "passports": passport,
        "achievements": passport,
        "learners": {"id": amina.id},
        "enrolments": {"id": amina.enrolment},
        "evidence": {"id": administrator.get("/v1/evidence")[0]["id"]},
        "evaluations": {"id": credential["evaluation"]},
        "credentials": {"id": credential["id"]},
        "issuer-instances": {"key": "community-eddsa"},
        "vc-api": {"key": "community-eddsa"},
        "status-lists": {"id": status_list.rpartition("/")[2]},
        "problems": {"code": "not_complete"},
    }


@dataclass(frozen=True)
class Tried:
    """A service on one of the databases, and what is there."""

    administrator: Api
    things: dict[str, dict[str, str]]

    def real(self, path: str) -> dict[str, str]:
        """Return the names in this path of something that exists."""
        parts = path.split("/")
        return self.things.get(parts[2] if parts[1] == "v1" and len(parts) > 2 else parts[1], {})

    def check(self, case: Case[Operation], *, about_real: bool) -> None:
        generated = case.path_parameters
        if about_real and generated:
            case.path_parameters = type(generated)({**generated, **self.real(case.operation.path)})
        headers = {"Authorization": f"Bearer {self.administrator.token}"}
        origin = str(self.administrator.client.base_url)
        case.call_and_validate(base_url=origin, headers=headers, checks=CHECKS)
        case.path_parameters = generated


@pytest.fixture
def on_both(sqlite_url: str, postgresql_url: str, tmp_path: Path) -> Iterator[list[Tried]]:
    """The service on each database: to think of a request costs five times as much as to send it."""
    with running(sqlite_url, tmp_path) as one, running(postgresql_url, tmp_path) as other:
        yield [Tried(*real_things(service)) for service in (one, other)]


def try_out(operation: Operation, mode: GenerationMode, services: list[Tried]) -> int:
    """Send generated requests to all, some of them about things that exist; return how many."""
    sent = 0

    @settings(
        max_examples=EXAMPLES_EACH, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(case=operation.as_strategy(generation_mode=mode), about_real=st.booleans())
    def send(case: Case[Operation], *, about_real: bool) -> None:
        nonlocal sent
        sent += 1
        for service in services:
            service.check(case, about_real=about_real)

    send()
    return sent


@pytest.mark.untraced
@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_sent_gets_an_answer_that_is_described(on_both: list[Tried], part: int) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    sent = Counter[str]()
    for result in list(schema.get_all_operations())[part::PARTS]:
        assert isinstance(result, Ok)
        for mode in GenerationMode:
            try:
                sent[mode.value] += try_out(result.ok(), mode, on_both)
            except (InvalidSchema, Unsatisfiable):
                assert mode is GenerationMode.NEGATIVE  # nothing can be wrong with it
    assert sum(sent.values()) >= 500 // PARTS, sent
    for service in on_both:
        service.administrator.get("/v1/issuers/community")
