"""Public answers are kept for a moment, never beyond the next commit, and only whole ones."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.answer_cache import MAX_BODY, AnswerCache, CachedAnswers
from app.representations import Freshness, stored

PUBLIC = Freshness(60)


class Counting:
    """An application whose public answer says how often it was asked; `meanwhile` runs before it answers."""

    def __init__(self, cache: AnswerCache | None = None) -> None:
        self.asked = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.cache = cache or AnswerCache()
        self.app = FastAPI()
        self.app.add_middleware(CachedAnswers, cache=self.cache)
        routes: dict[str, Callable[..., Any]] = {
            "/public": self.public,
            "/private": self.private,
            "/large": self.large,
            "/stream": self.stream,
            "/broken": self.broken,
            "/v1/public": self.public,
        }
        for path, how in routes.items():
            self.app.add_api_route(path, how, methods=["GET", "POST"], response_model=None)

    def _count(self) -> bytes:
        self.asked += 1
        self.meanwhile()
        return str(self.asked).encode()

    def public(self, request: Request) -> Response:
        return stored(
            request, self._count() + request.headers.get("accept", "").encode(), "text/plain", PUBLIC
        )

    def private(self, request: Request) -> Response:
        return stored(request, self._count(), "text/plain", Freshness(60, private=True))

    def large(self, request: Request) -> Response:
        return stored(request, self._count() + bytes(MAX_BODY), "text/plain", PUBLIC)

    def stream(self) -> Response:
        headers = {"ETag": '"1"', "Cache-Control": PUBLIC.header}
        return StreamingResponse(iter([self._count(), b"."]), headers=headers)

    def broken(self, request: Request) -> Response:
        answer = stored(request, self._count(), "text/plain", PUBLIC)
        answer.status_code = 500
        return answer


@contextmanager
def asking(counting: Counting) -> Iterator[TestClient]:
    with TestClient(counting.app) as client:
        yield client


def test_a_public_answer_is_given_again_without_asking() -> None:
    counting = Counting()
    with asking(counting) as client:
        first, second = client.get("/public"), client.get("/public")
    assert counting.asked == 1
    assert (second.content, second.headers, second.status_code) == (first.content, first.headers, 200)


def test_another_accept_is_another_answer() -> None:
    counting = Counting()
    with asking(counting) as client:
        answers = [client.get("/public", headers={"Accept": kind}).text for kind in ("a/b", "c/d", "a/b")]
    assert answers == ["1a/b", "2c/d", "1a/b"]


@pytest.mark.parametrize("kept", [False, True])
def test_who_has_the_answer_is_told_so(*, kept: bool) -> None:
    counting = Counting()
    with asking(counting) as client:
        etag = client.get("/public").headers["ETag"]
        counting.asked = 0
        if not kept:
            counting.cache.clear()
        answer = client.get("/public", headers={"If-None-Match": f'"other", W/{etag}'})
        other = client.get("/public", headers={"If-None-Match": '"other"'})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert "content-type" not in answer.headers
    assert (other.status_code, other.headers["ETag"]) == (200, etag)


@pytest.mark.parametrize("path", ["/private", "/large", "/stream", "/broken", "/v1/public", "/public?x=1"])
def test_nothing_else_is_kept(path: str) -> None:
    counting = Counting()
    with asking(counting) as client:
        first, second = client.get(path), client.get(path)
    assert counting.asked == 2
    assert first.content != second.content


def test_a_part_and_a_post_are_asked_for() -> None:
    counting = Counting()
    with asking(counting) as client:
        client.get("/public")
        client.get("/public", headers={"Range": "bytes=0-1"})
        client.post("/public")
    assert counting.asked == 3


def test_an_answer_is_forgotten_after_a_moment() -> None:
    counting = Counting(AnswerCache(seconds=0))
    with asking(counting) as client:
        client.get("/public")
        client.get("/public")
    assert counting.asked == 2


def test_what_was_true_before_a_commit_is_not_kept() -> None:
    counting = Counting()
    with asking(counting) as client:
        client.get("/public")
        counting.cache.clear()
        counting.meanwhile = counting.cache.clear
        client.get("/public")
        counting.meanwhile = lambda: None
        assert client.get("/public").content.startswith(b"3")


def test_only_so_many_answers_are_kept() -> None:
    counting = Counting(AnswerCache(max_entries=2))
    with asking(counting) as client:
        for kind in ("a/a", "b/b", "c/c", "c/c", "b/b", "a/a"):
            client.get("/public", headers={"Accept": kind})
    assert counting.asked == 4  # a/a had to go


def test_what_is_not_http_passes() -> None:
    seen = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        return {}

    async def ignore(_message: Message) -> None:
        """Take it."""

    asyncio.run(CachedAnswers(app, AnswerCache())({"type": "lifespan"}, nothing, ignore))
    assert seen == ["lifespan"]
