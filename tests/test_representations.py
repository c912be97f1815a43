"""Representations: which one a client gets, and when it has it already."""

import pytest
from fastapi import Request

from app.errors import NotAcceptableError
from app.representations import HTML, JSON, VC_JSON, VC_JWT, Freshness, negotiate, stored

CREDENTIAL = (*VC_JSON, *VC_JWT, HTML)


def request(*headers: tuple[str, str]) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", "application/vc+ld+json"),
        ("", "application/vc+ld+json"),
        ("*", "application/vc+ld+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/html", HTML),
        ("TEXT/HTML", HTML),
        ("application/json", JSON),
        ("application/vc", "application/vc"),
        ("application/vc+jwt", "application/vc+jwt"),
        ("application/jwt;q=0.5, application/json;q=0.4", "application/jwt"),
        ("text/*", "text/plain"),
        ("text/*, text/plain;q=0.1", HTML),
        ("application/*;q=0.1, text/html;q=0.2", HTML),
        ("text/html;q=0, */*", "application/vc+ld+json"),
        ("*/*, application/vc+ld+json;q=0, application/vc;q=0", "application/ld+json"),
        ("application/xml, text/html;q=.2, *;q=.1", HTML),
        ("text/html;level=1;q=0.7, application/json;q=0.6", HTML),
        ('application/ld+json; profile="https://www.w3.org/ns/did"', "application/ld+json"),
        ("text/html;q=2, application/json", JSON),
        ("application/json;q=nan, text/html", HTML),
        ("application/json;q=inf, text/html;q=0.001", HTML),
        ("application/json;q=, text/html", HTML),
        ("application/json;q=-1, text/html", HTML),
        (";;;,,q=1", "application/vc+ld+json"),
        ("nonsense", "application/vc+ld+json"),
    ],
)
def test_the_client_gets_what_it_likes_best(accept: str, chosen: str) -> None:
    assert negotiate(request(("accept", accept)), CREDENTIAL) == chosen


def test_without_accept_the_first_offer_is_taken() -> None:
    assert negotiate(request(), (HTML, JSON)) == HTML


def test_several_accept_lines_are_one_list() -> None:
    assert negotiate(request(("accept", "text/plain"), ("accept", "application/json")), (JSON, HTML)) == JSON


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "*/*;q=0", "text/*;q=0.0"])
def test_what_nobody_can_serve_is_refused_with_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="application/json, text/html"):
        negotiate(request(("accept", accept)), (JSON, HTML))


# Stored bytes ---------------------------------------------------------------------------------------


def test_stored_bytes_come_as_they_are_with_their_lifetime() -> None:
    answer = stored(request(), b'{"a":1}', JSON, Freshness(60), {"X-Robots-Tag": "noindex"})
    assert (answer.status_code, answer.body) == (200, b'{"a":1}')
    assert answer.headers["content-type"] == JSON
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert Freshness(60, private=True).header == "private, max-age=60"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '"x",W/{}', "*"])
def test_a_client_that_has_it_gets_304_with_the_same_headers(form: str) -> None:
    first = stored(request(), b"{}", JSON, Freshness(60))
    known = ("if-none-match", form.format(first.headers["etag"]))
    again = stored(request(known), b"{}", JSON, Freshness(60))
    assert (again.status_code, again.body) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


def test_several_if_none_match_lines_are_one_list() -> None:
    etag = stored(request(), b"{}", JSON, Freshness(60)).headers["etag"]
    lines = (("if-none-match", '"x"'), ("if-none-match", etag))
    assert stored(request(*lines), b"{}", JSON, Freshness(60)).status_code == 304


@pytest.mark.parametrize("known", ['"x"', "", "x", '"*"'])
def test_a_client_that_has_something_else_gets_it_all(known: str) -> None:
    assert stored(request(("if-none-match", known)), b"{}", JSON, Freshness(60)).status_code == 200


def test_other_bytes_and_other_media_types_have_other_tags() -> None:
    answers = [
        stored(request(), body, kind, Freshness(60)) for body in (b"{}", b"[]") for kind in (JSON, VC_JSON[0])
    ]
    assert len({answer.headers["etag"] for answer in answers}) == 4
