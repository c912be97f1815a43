"""Problems: one status a class, one shape of answer, and nothing of the inside in it."""

import itertools
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import jsonschema
import pytest
from starlette.exceptions import HTTPException

from app import errors
from app.errors import ConfigurationError, Fault, InvalidPayloadError, PassportsError
from app.main import make_api
from app.pages import problem_codes
from app.problems import MAX_FAULTS, PROBLEM_SCHEMA, STATUS, responses
from app.schemas.tokens import TokenRead
from tests.frames import Frame, open_frame

CLASSES = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, PassportsError) and each is not PassportsError
]
NUMBERS = itertools.count()
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def frame(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frame]:
    folder = tmp_path_factory.mktemp("problems")
    shutil.copyfile(sqlite_template, folder / "test.sqlite3")
    with open_frame(f"sqlite:///{folder}/test.sqlite3", folder) as frame:
        yield frame


def raising(frame: Frame, error: Exception, prefix: str = "") -> str:
    """Add a route that fails, and return its address."""

    def fail() -> None:
        raise error

    path = f"{prefix}/fail-{next(NUMBERS)}"
    frame.app.add_api_route(path, fail, methods=["GET"])
    return path


def problem_of(answer: httpx2.Response) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    jsonschema.validate(problem, PROBLEM_SCHEMA)
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"] == f"https://passports.example.org/problems/{problem['code']}"
    return problem


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_has_a_status_a_code_and_a_page(error: type[PassportsError]) -> None:
    assert 400 <= STATUS[error] < 600
    assert error.code in problem_codes()


def test_codes_and_pages_are_the_same_set() -> None:
    own = {"bad_request", "method_not_allowed", "internal_error"}
    assert set(problem_codes()) == {error.code for error in CLASSES} | own
    assert len({error.code for error in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_answers_as_the_schema_says(frame: Frame, error: type[PassportsError]) -> None:
    faults = [Fault("/a~1b", "wrong", "It is wrong.", hint="Mend it.", line=3), Fault("", "x", "y")]
    path = raising(frame, error("What happened.", faults=faults, hint="What helps."), "/v1")
    answer = frame.send("GET", path, headers=PAGE)
    problem = problem_of(answer)
    assert answer.status_code == STATUS[error]
    assert (problem["code"], problem["title"]) == (error.code, error.title)
    assert (problem["detail"], problem["hint"]) == ("What happened.", "What helps.")
    assert problem["instance"] == path
    assert problem["errors"] == [
        {"pointer": "/a~1b", "code": "wrong", "detail": "It is wrong.", "hint": "Mend it.", "line": 3},
        {"pointer": "", "code": "x", "detail": "y"},
    ]


def test_what_says_no_hint_itself_gets_the_usual_one(frame: Frame) -> None:
    faults = [Fault("/title", "missing_key", "The key 'title' is missing.")]
    path = raising(frame, errors.InvalidPayloadError("It breaks a rule.", faults=faults), "/v1")
    fault = {"pointer": "/title", "code": "missing_key", "detail": "The key 'title' is missing."}
    assert problem_of(frame.send("GET", path))["errors"] == [{**fault, "hint": "Add the key."}]
    path = raising(frame, errors.NotFoundError("There is no such thing."), "/v1/things")
    assert "slip in the address" in str(problem_of(frame.send("GET", path))["hint"])


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (errors.NotAuthenticatedError, "www-authenticate", "Bearer"),
        (errors.BusyError, "retry-after", "2"),
        (errors.SchemaBehindError, "retry-after", "2"),
        (errors.IdempotencyInProgressError, "retry-after", "1"),
    ],
)
@pytest.mark.parametrize("headers", [{}, PAGE])
def test_an_answer_says_when_to_come_back_or_what_to_bring(
    frame: Frame, error: type[PassportsError], header: str, value: str, headers: dict[str, str]
) -> None:
    path = raising(frame, error("What happened."))
    assert frame.send("GET", path, headers=headers).headers[header] == value


def test_a_browser_gets_a_page_on_the_public_side_and_json_under_v1(frame: Frame) -> None:
    path = raising(frame, errors.NotFoundError("There is no <b>such</b> thing."))
    answer = frame.send("GET", path, headers=PAGE)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no &lt;b&gt;such&lt;/b&gt; thing." in answer.text
    assert answer.headers["x-request-id"] in answer.text
    for accept in ("*/*", "application/json", "text/html, application/json", "application/vc+ld+json"):
        assert problem_of(frame.send("GET", path, headers={"Accept": accept}))["code"] == "not_found"
    assert problem_of(frame.send("GET", "/v1/tokens/x/y", headers=PAGE))["code"] == "not_found"


@pytest.mark.parametrize("headers", [{}, PAGE])
def test_an_unforeseen_failure_shows_fixed_text_and_keeps_its_trace_in_the_log(
    frame: Frame, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    path = raising(frame, ZeroDivisionError("the secret of the house"))
    with caplog.at_level(logging.ERROR):
        answer = frame.send("GET", path, headers=headers)
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    for inside in ("secret", "ZeroDivision", "Traceback", ".py"):
        assert inside not in answer.text
    [record] = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)
    assert vars(record)["request_id"] == answer.headers["x-request-id"]
    if not headers:
        assert problem_of(answer)["code"] == "internal_error"


def test_an_address_that_is_not_there_is_not_found(frame: Frame) -> None:
    for path in ("/nothing", "/v1/nothing", "/static/nothing.css", "/v1/tokens/"):
        problem = problem_of(frame.send("GET", path))
        assert (problem["code"], problem["title"]) == ("not_found", "Not found")
        assert problem["instance"] == path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/tokens", "GET, HEAD, POST"),
        ("GET", "/v1/tokens/abc", "DELETE"),
        ("DELETE", "/verify", "GET, HEAD, POST"),
        ("POST", "/v1/frameworks/abc", "GET, HEAD, PUT"),
        ("POST", "/health/live", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_answered_is_told_which_ones_are(
    frame: Frame, method: str, path: str, allowed: str
) -> None:
    answer = frame.send(method, path)
    assert problem_of(answer)["code"] == "method_not_allowed"
    assert answer.headers["allow"] == allowed


def test_other_refusals_of_the_framework_are_bad_requests(frame: Frame) -> None:
    path = raising(frame, HTTPException(400, "This is not HTTP."))
    problem = problem_of(frame.send("GET", path))
    assert (problem["code"], problem["detail"]) == ("bad_request", "This is not HTTP.")


def test_a_foreseen_error_inside_a_refusal_of_the_framework_is_the_one_that_counts(frame: Frame) -> None:
    refusal = HTTPException(400, "There was an error parsing the body")
    refusal.__cause__ = errors.BodyTooLargeError("This is too much.")
    path = raising(frame, refusal)
    assert problem_of(frame.send("GET", path))["code"] == "body_too_large"


def test_the_instance_is_the_address_as_it_was_asked_for(frame: Frame) -> None:
    path = "/issuers/%C3%A9%22%3Cb%3E"
    assert problem_of(frame.send("GET", f"{path}?token=secret"))["instance"] == path


def test_a_query_that_breaks_a_rule_is_named(frame: Frame) -> None:
    problem = problem_of(frame.send("GET", "/v1/tokens?limit=0&after=!"))
    assert problem["code"] == "invalid_payload"
    assert isinstance(problem["errors"], list)
    assert {fault["pointer"] for fault in problem["errors"]} == {"#query/limit", "#query/after"}
    assert str(problem["detail"]).startswith("2 things are wrong")


def test_a_long_list_of_faults_is_cut(frame: Frame) -> None:
    faults = [Fault(f"/{number}", "wrong", "It is wrong.") for number in range(MAX_FAULTS + 1)]
    path = raising(frame, InvalidPayloadError("Much is wrong.", faults=faults))
    listed = problem_of(frame.send("GET", path))["errors"]
    assert isinstance(listed, list)
    assert len(listed) == MAX_FAULTS


# What the description says --------------------------------------------------------------------------


def test_the_description_documents_problems_with_valid_examples() -> None:
    document = json.loads(json.dumps(make_api().openapi()))
    assert document["components"]["schemas"]["Problem"] == PROBLEM_SCHEMA
    shown = responses(errors.NotFoundError, errors.AlreadyExistsError, errors.NotCompleteError)
    assert set(shown) == {404, 409}
    for status, answer in shown.items():
        content = answer["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in content["examples"].items():
            jsonschema.validate(example["value"], PROBLEM_SCHEMA)
            assert (example["value"]["status"], example["value"]["code"]) == (status, code)


def test_calls_that_find_or_create_document_both_answers() -> None:
    assert set(responses(created=TokenRead)) == {201}
    assert set(responses(existing=TokenRead)) == {200}


def test_a_class_without_a_status_of_its_own_has_its_parents(frame: Frame) -> None:
    class StrangeError(ConfigurationError):
        pass

    path = raising(frame, StrangeError("What happened."), "/v1")
    assert frame.send("GET", path).status_code == 503
