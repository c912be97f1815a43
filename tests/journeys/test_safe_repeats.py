"""Repeating a call is safe, and nobody overwrites what they have not seen."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.stories import Api, Json, Service, listed

CONTENT = "/v1/content/open-by-design"


@pytest.fixture
def administrator(idle_service: Service) -> Api:
    return idle_service.administrator_of("community")


def learner(name: str) -> dict[str, str]:
    return {"namespace": "https://lms.example.org", "external_id": name, "display_name": name}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


# Idempotency-Key ------------------------------------------------------------------------------------


def test_a_repeat_gets_the_very_same_answer(administrator: Api) -> None:
    order = {"name": "ines", "role": "author"}
    first = administrator("POST", "/v1/tokens", 201, json=order, headers=keyed("one"))
    again = administrator("POST", "/v1/tokens", 201, json=order, headers=keyed("one"))
    assert again.content == first.content
    assert "secret" in again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert [token["name"] for token in administrator.get("/v1/tokens")].count("ines") == 1
    other = administrator("POST", "/v1/tokens", 201, json=order, headers=keyed("two"))
    assert other.json()["id"] != first.json()["id"]


def test_64_writes_at_once_are_all_served(administrator: Api) -> None:
    with ThreadPoolExecutor(64) as pool:
        answers = list(
            pool.map(
                lambda number: administrator("POST", "/v1/learners", json=learner(f"l{number}")).status_code,
                range(64),
            )
        )
    assert Counter(answers) == {201: 64}


def test_headers_are_repeated_too(administrator: Api) -> None:
    first = administrator("POST", "/v1/learners", 201, json=learner("a"), headers=keyed("one"))
    again = administrator("POST", "/v1/learners", 201, json=learner("a"), headers=keyed("one"))
    assert again.headers["location"] == first.headers["location"]
    item = listed("content.yaml")[6]
    put = administrator("PUT", CONTENT, 201, json=item, headers=keyed("two"))
    assert (
        administrator("PUT", CONTENT, 201, json=item, headers=keyed("two")).headers["etag"]
        == put.headers["etag"]
    )


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/learners", "b"),
        ("PUT", "/v1/issuers/community", "a"),
    ],
    ids=["another body", "another method and path"],
)
def test_a_key_cannot_be_used_for_another_request(
    administrator: Api, method: str, path: str, name: str
) -> None:
    administrator("POST", "/v1/learners", 201, json=learner("a"), headers=keyed("one"))
    refused = administrator(method, path, 422, json=learner(name), headers=keyed("one"))
    assert refused.json()["code"] == "idempotency_mismatch"
    assert len(administrator.get("/v1/learners")) == 1


def test_keys_belong_to_a_token(administrator: Api, idle_service: Service) -> None:
    colleague = idle_service.administrator_of("community")
    first = administrator("POST", "/v1/learners", 201, json=learner("a"), headers=keyed("one"))
    other = colleague("POST", "/v1/learners", 201, json=learner("b"), headers=keyed("one"))
    assert first.json()["id"] != other.json()["id"]


def test_a_failure_is_not_kept(administrator: Api) -> None:
    order = {"learner": "nobody", "passport": "community-leadership"}
    for _ in range(2):
        administrator("POST", "/v1/enrolments", 422, json=order, headers=keyed("one"))
    made = administrator("POST", "/v1/learners", 201, json=learner("a"), headers=keyed("one"))
    assert "idempotency-replayed" not in made.headers


def test_a_key_has_to_be_printable_and_short(administrator: Api) -> None:
    for key in ("", "k" * 201, "a\tb"):
        refused = administrator("POST", "/v1/learners", 422, json=learner("a"), headers=keyed(key))
        assert refused.json()["errors"][0]["pointer"] == "#header/Idempotency-Key"
    assert administrator.get("/v1/learners") == []


def test_20_parallel_repeats_are_one_execution(administrator: Api) -> None:
    order = {"name": "parallel", "role": "author"}

    def send(_number: int) -> tuple[int, Json]:
        answer = administrator("POST", "/v1/tokens", json=order, headers=keyed("one"))
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    statuses = Counter(status for status, _ in answers)
    assert statuses[201] >= 1
    assert set(statuses) <= {201, 409}
    assert {body["code"] for status, body in answers if status == 409} <= {"idempotency_in_progress"}
    assert len({body["secret"] for status, body in answers if status == 201}) == 1
    assert [token["name"] for token in administrator.get("/v1/tokens")].count("parallel") == 1
    settled = administrator("POST", "/v1/tokens", 201, json=order, headers=keyed("one"))
    assert settled.json()["secret"] in {body.get("secret") for _, body in answers}


# ETag and If-Match ----------------------------------------------------------------------------------


def test_a_draft_is_replaced_only_as_it_was_seen(administrator: Api) -> None:
    item = listed("content.yaml")[6]
    create = {"If-None-Match": "*"}
    seen = administrator("PUT", CONTENT, 201, json=item, headers=create).headers["etag"]
    refused = administrator("PUT", CONTENT, 412, json=item, headers=create).json()
    assert refused["code"] == "precondition_failed"
    assert administrator("GET", CONTENT, 200).headers["etag"] == seen
    changed = item | {"title": "Open by habit"}
    mine = administrator("PUT", CONTENT, 200, json=changed, headers={"If-Match": seen}).headers["etag"]
    assert mine != seen
    stale = administrator("PUT", CONTENT, 412, json=item, headers={"If-Match": seen}).json()
    assert stale["code"] == "precondition_failed"
    assert mine in stale["detail"]
    assert administrator.get(CONTENT)["document"]["title"] == "Open by habit"
    administrator("PUT", CONTENT, 200, json=item, headers={"If-Match": f'"other", {mine}'})
    assert administrator("GET", CONTENT, 200).headers["etag"] == seen


def test_a_draft_that_is_not_there_matches_nothing(administrator: Api) -> None:
    item = listed("content.yaml")[6]
    administrator("PUT", CONTENT, 412, json=item, headers={"If-Match": "*"})
    administrator("GET", CONTENT, 404)


def test_of_many_who_saw_the_same_draft_one_replaces_it(administrator: Api) -> None:
    item = listed("content.yaml")[6]
    seen = administrator("PUT", CONTENT, 201, json=item).headers["etag"]

    def replace(number: int) -> int:
        changed = item | {"title": f"Open by {number}"}
        return administrator("PUT", CONTENT, json=changed, headers={"If-Match": seen}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(replace, range(8))) == {200: 1, 412: 7}


def test_what_a_reader_has_is_not_sent_again(administrator: Api, idle_service: Service) -> None:
    administrator.get("/v1/issuers/community")
    stranger = idle_service.as_(None)
    first = stranger("GET", "/issuers/community", 200)
    again = stranger("GET", "/issuers/community", 304, headers={"If-None-Match": first.headers["etag"]})
    assert again.content == b""


# Lists ----------------------------------------------------------------------------------------------


def test_a_list_is_walked_by_its_links(administrator: Api) -> None:
    made = [administrator.post("/v1/learners", learner(f"l{number}"))["id"] for number in range(7)]
    path, walked, pages = "/v1/learners?limit=3", list[str](), 0
    while path:
        answer = administrator("GET", path, 200)
        walked += [row["id"] for row in answer.json()]
        path, pages = answer.links.get("next", {}).get("url", ""), pages + 1
    assert walked == made
    assert pages == 3
