"""The fetcher against servers that behave, misbehave and lie, on loopback behind invented names."""

import hashlib
import socket
import threading
import time

import pytest

from app.http_client import Fetched, Purpose, Refused, SafeFetcher
from app.http_client.fetcher import look_up
from tests.effort import PATIENCE
from tests.http_client.remote import (
    NAME,
    PUBLIC,
    URL,
    Clock,
    Internet,
    code,
    fetch,
    patient,
    redirect,
    reply,
    together,
    waiting,
)

# The happy path -------------------------------------------------------------------------------------


def test_a_document_is_fetched_from_the_checked_address_under_its_name(internet: Internet) -> None:
    internet.remote.scripts["/list"] = reply(
        b'{"a": 1}', {"Content-Type": "application/vc+ld+json; charset=x"}
    )
    found = fetch(internet.fetcher())
    digest = hashlib.sha256(b'{"a": 1}').hexdigest()
    assert found == Fetched(b'{"a": 1}', "application/vc+ld+json", URL, digest)
    assert internet.dialled == [(PUBLIC, 443)]
    assert internet.remote.names == [NAME]
    head = internet.remote.requests[0].lower().split("\r\n")
    assert head[0] == "get /list http/1.1"
    assert f"host: {NAME}" in head
    assert "accept-encoding: identity" in head
    assert any(line.startswith("user-agent: ") and "+https://verifier.example.org" in line for line in head)
    assert not [line for line in head if line.startswith(("authorization", "cookie", "referer"))]


def test_the_next_address_is_tried_when_one_does_not_answer(internet: Internet) -> None:
    internet.remote.scripts["/list"] = reply()
    internet.names[NAME] = ["2606:4700::1", PUBLIC]

    def without_ipv6(address: str, port: int, seconds: float) -> socket.socket:
        if ":" in address:
            raise OSError
        return internet.dial(address, port, seconds)

    internet.dialler = without_ipv6
    assert code(fetch(internet.fetcher())) == "fetched"
    assert internet.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    ("purpose", "media_type", "expected"),
    [
        (Purpose.DID_DOCUMENT, "application/did+json", "fetched"),
        (Purpose.DID_DOCUMENT, "application/json", "fetched"),
        (Purpose.DID_DOCUMENT, "application/vc+jwt", "media_type_refused"),
        (Purpose.ISSUER_PROFILE, "application/ld+json", "fetched"),
        (Purpose.ISSUER_PROFILE, "text/html", "media_type_refused"),
        (Purpose.STATUS_LIST, "application/vc+jwt", "fetched"),
        (Purpose.STATUS_LIST, "text/plain", "media_type_refused"),
        (Purpose.STATUS_LIST, "", "media_type_refused"),
        (Purpose.CREDENTIAL, "text/plain", "fetched"),
        (Purpose.CREDENTIAL, "image/png", "fetched"),
        (Purpose.CREDENTIAL, "text/html", "media_type_refused"),
        (Purpose.CREDENTIAL, "application/octet-stream", "media_type_refused"),
    ],
)
def test_only_media_types_of_the_purpose_are_taken(
    internet: Internet, purpose: Purpose, media_type: str, expected: str
) -> None:
    internet.remote.scripts["/list"] = reply(headers={"Content-Type": media_type})
    assert code(fetch(internet.fetcher(), purpose=purpose)) == expected


def test_two_content_types_are_none(internet: Internet) -> None:
    internet.remote.scripts["/list"] = reply(
        headers={"Content-Type": "application/json\r\ncontent-type: text/x"}
    )
    assert code(fetch(internet.fetcher())) == "media_type_refused"


# Addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["fd00:ec2::254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::a9fe:a9fe"],
        [PUBLIC, "127.0.0.1"],
        ["2606:4700::1", "fe80::1%lo"],
        [],
        ["no address"],
    ],
)
def test_a_name_is_not_dialled_when_any_of_its_addresses_is_not_public(
    internet: Internet, answers: list[str]
) -> None:
    internet.names[NAME] = answers
    assert code(fetch(internet.fetcher())) == "host_not_public"
    assert (internet.dialled, internet.remote.connections) == ([], 0)


def test_an_unknown_name_and_a_private_one_are_answered_alike(internet: Internet) -> None:
    """Else the verifier would tell strangers which names exist in its network."""
    internet.names["intranet.example.org"] = ["10.0.0.1"]
    known, unknown = (
        fetch(internet.fetcher(), f"https://{name}.example.org/") for name in ("intranet", "nothing")
    )
    assert isinstance(known, Refused)
    assert isinstance(unknown, Refused)
    assert known.detail.replace("intranet", "nothing") == unknown.detail
    assert known.code == unknown.code


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest"])
def test_an_address_in_the_url_is_checked_like_any_other(internet: Internet, url: str) -> None:
    assert code(fetch(internet.fetcher(), url)) == "host_not_public"
    assert (internet.looked_up, internet.dialled) == ([], [])


def test_a_name_that_changes_its_address_leads_to_the_one_that_was_checked(internet: Internet) -> None:
    """DNS rebinding: public when asked, loopback a moment later. The canary on loopback sees nothing."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    internet.remote.scripts["/list"] = redirect("/again")
    canary = socket.create_server(("127.0.0.1", 0))
    canary.settimeout(0.1)
    port = canary.getsockname()[1]

    def resolve(_host: str, _port: int) -> list[str]:
        return next(answers)

    def dial(address: str, _port: int, limit: float) -> socket.socket:
        internet.dialled.append((address, _port))
        to = port if address.startswith("127.") else internet.remote.port
        return socket.create_connection(("127.0.0.1", to), limit)

    internet.resolver, internet.dialler = resolve, dial
    fetcher = internet.fetcher()
    with canary:
        assert code(fetch(fetcher)) == "host_not_public"
        assert code(fetch(fetcher, f"https://{NAME}/other")) == "host_not_public"
        with pytest.raises(TimeoutError):
            canary.accept()
    assert internet.dialled == [(PUBLIC, 443)]
    assert internet.remote.paths == ["/list"]


def test_loopback_is_reached_only_where_development_allows_it(internet: Internet) -> None:
    url = f"https://localhost:{internet.remote.port}/list"
    internet.names |= {"localhost": ["127.0.0.1"], "else.example.org": [PUBLIC]}
    internet.remote.scripts["/list"] = reply()
    assert code(fetch(internet.fetcher(), url)) == "port_refused"
    allowing = internet.fetcher(allowed=["127.0.0.0/8"])
    assert code(fetch(allowing, url)) == "fetched"
    assert code(fetch(allowing, f"https://else.example.org:{internet.remote.port}/")) == "host_not_public"
    assert code(fetch(allowing)) == "fetched"


def test_the_system_s_resolver_and_dialler_are_the_ordinary_ones(internet: Internet) -> None:
    assert look_up("127.0.0.1", 443) == ["127.0.0.1"]
    assert (
        code(
            fetch(
                SafeFetcher(internet.policy(allowed=["127.0.0.0/8"])),
                f"https://127.0.0.1:{internet.remote.port}/",
            )
        )
        == "tls_failed"
    )
    closed = socket.create_server(("127.0.0.1", 0))
    url = f"https://127.0.0.1:{closed.getsockname()[1]}/"
    closed.close()
    assert code(fetch(SafeFetcher(internet.policy(allowed=["127.0.0.0/8"])), url)) == "connect_failed"


# Redirects ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/new", "fetched"),
        (f"https://{NAME}/new", "fetched"),
        ("//other.example.org/new", "fetched"),
        (f"http://{NAME}/new", "url_not_https"),
        ("http://169.254.169.254/latest/meta-data", "url_not_https"),
        ("https://169.254.169.254/latest/meta-data", "host_not_public"),
        ("https://intranet.example.org/", "host_not_public"),
        ("//intranet.example.org/", "host_not_public"),
        ("file:///etc/passwd", "url_not_https"),
        (f"https://user:secret@{NAME}/new", "url_userinfo"),
        (f"https://{NAME}:8443/new", "port_refused"),
        ("/new#part", "url_fragment"),
        ("https://[", "redirect_refused"),
        ("", "redirect_refused"),
        ("/list", "redirect_refused"),
    ],
)
def test_each_redirect_is_vetted_like_the_first_address(
    internet: Internet, location: str, expected: str
) -> None:
    internet.names |= {"other.example.org": ["93.184.216.35"], "intranet.example.org": ["10.0.0.1"]}
    internet.remote.scripts |= {"/list": redirect(location), "/new": reply()}
    assert code(fetch(internet.fetcher())) == expected
    assert {address for address, _ in internet.dialled} <= {PUBLIC, "93.184.216.35"}


@pytest.mark.parametrize(
    ("purpose", "hops"), [(Purpose.STATUS_LIST, 3), (Purpose.CREDENTIAL, 3), (Purpose.DID_DOCUMENT, 0)]
)
def test_redirects_are_followed_as_often_as_the_purpose_allows(
    internet: Internet, purpose: Purpose, hops: int
) -> None:
    for hop in range(5):
        internet.remote.scripts[f"/{hop}"] = redirect(f"/{hop + 1}", "307 Temporary Redirect")
    internet.remote.scripts["/5"] = reply()
    assert code(fetch(internet.fetcher(), f"https://{NAME}/{5 - hops}", purpose)) == "fetched"
    assert code(fetch(internet.fetcher(), f"https://{NAME}/{4 - hops}", purpose)) == "redirect_refused"


def test_what_was_found_behind_a_redirect_is_kept_for_a_minute_only(internet: Internet) -> None:
    clock = Clock()
    cached = {"Content-Type": "application/json", "Cache-Control": "max-age=86400"}
    internet.remote.scripts |= {"/list": redirect("/new"), "/new": reply(b"[1]", cached)}
    fetcher = internet.fetcher(clock=clock)
    first = fetch(fetcher)
    assert isinstance(first, Fetched)
    assert first.url == f"https://{NAME}/new"
    internet.remote.scripts["/list"] = reply(b"[2]")
    clock.now += 61
    second = fetch(fetcher)
    assert isinstance(second, Fetched)
    assert second.content == b"[2]"


# Limits ---------------------------------------------------------------------------------------------


def test_one_errand_has_one_budget_of_documents(internet: Internet) -> None:
    for number in range(5):
        internet.remote.scripts[f"/{number}"] = reply()
    internet.remote.scripts["/1"] = redirect("/0")
    with internet.fetcher(patient(errand_documents=4)).errand("192.0.2.1") as errand:
        urls = [f"https://{NAME}/{number}" for number in range(5)]
        results = [code(errand.fetch(url, Purpose.CREDENTIAL)) for url in urls]
        assert results == ["fetched", "fetched", "fetched", "budget_spent", "budget_spent"]
        assert code(errand.fetch(urls[0], Purpose.CREDENTIAL)) == "fetched"


def test_one_errand_has_one_budget_of_bytes_and_refused_bytes_count(internet: Internet) -> None:
    internet.remote.scripts |= {"/a": reply(b" " * 600), "/b": reply(b" " * 600), "/c": reply(b" ")}
    fetcher = internet.fetcher(patient(errand_bytes=1000))
    with fetcher.errand("192.0.2.1") as errand:
        results = [code(errand.fetch(f"https://{NAME}/{name}", Purpose.CREDENTIAL)) for name in "abc"]
    assert results == ["fetched", "too_large", "budget_spent"]
    assert code(fetch(fetcher, f"https://{NAME}/b", Purpose.CREDENTIAL)) == "fetched"


def test_a_request_that_has_no_time_left_does_not_spoil_a_document_for_others(internet: Internet) -> None:
    clock, answer = Clock(), threading.Event()
    internet.remote.scripts["/list"] = waiting(answer, reply())
    fetcher = internet.fetcher(clock=clock)
    with fetcher.errand("192.0.2.1") as errand:
        clock.now += fetcher.limits.errand_seconds - 0.1
        assert code(errand.fetch(URL, Purpose.STATUS_LIST)) == "timed_out"
    answer.set()
    assert code(fetch(fetcher)) == "fetched"


def test_a_chain_of_documents_ends(internet: Internet) -> None:
    internet.remote.scripts["/list"] = reply()
    with internet.fetcher().errand("192.0.2.1") as errand:
        assert code(errand.fetch(URL, Purpose.STATUS_LIST, depth=3)) == "too_deep"
        assert code(errand.fetch(URL, Purpose.STATUS_LIST, depth=2)) == "fetched"


def test_one_server_sees_two_of_us_at_once(internet: Internet) -> None:
    lock, here, most = threading.Lock(), [], []
    two = threading.Barrier(2)

    def script(connection: socket.socket) -> None:
        with lock:
            here.append(connection)
            most.append(len(here))
        two.wait(PATIENCE)
        time.sleep(0.05)  # for a third, which must not come
        with lock:
            here.remove(connection)
        reply()(connection)

    internet.remote.scripts |= {f"/{number}": script for number in range(8)}
    fetcher, results = internet.fetcher(), []
    together(
        8,
        lambda number: results.append(
            code(fetch(fetcher, f"https://{NAME}/{number}", client=f"192.0.2.{number}"))
        ),
    )
    assert results == ["fetched"] * 8
    assert max(most) == 2


def test_a_crowd_that_names_one_victim_reaches_it_a_minute_s_worth_at_most(internet: Internet) -> None:
    """Many clients and many names, all for one address."""
    clock = Clock()
    fetcher = internet.fetcher(clock=clock)
    results: list[str] = []
    for number in range(200):
        clock.now += 0.06
        name = f"n{number}.example.org"
        internet.names[name] = [PUBLIC]
        internet.remote.scripts["/x"] = reply()
        results.append(code(fetch(fetcher, f"https://{name}/x", client=f"192.0.2.{number}")))
    assert set(results) == {"fetched", "host_rate_limited"}
    assert internet.remote.connections <= 15 + 12
    assert fetcher.cache.get(("https://n199.example.org/x", "STATUS_LIST")) is None


def test_a_client_fetches_so_often_a_minute_and_what_is_kept_is_free(internet: Internet) -> None:
    fetcher = internet.fetcher(patient(client_per_minute=8), clock=Clock())
    for number in range(5):
        internet.remote.scripts[f"/{number}"] = reply()
    results = [code(fetch(fetcher, f"https://{NAME}/{number}")) for number in (0, 1, 2, 0, 1)]
    assert results == ["fetched", "fetched", "client_rate_limited", "fetched", "fetched"]
    assert code(fetch(fetcher, f"https://{NAME}/4", client="192.0.2.2")) == "fetched"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("unknown", "unknown", True),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(
    internet: Internet, first: str, second: str, *, same: bool
) -> None:
    fetcher = internet.fetcher(patient(client_per_minute=4), clock=Clock())
    fetch(fetcher, f"https://{NAME}/1", client=first)
    limited = code(fetch(fetcher, f"https://{NAME}/2", client=second)) == "client_rate_limited"
    assert limited is same


def test_a_client_has_two_requests_that_fetch_at_once(internet: Internet) -> None:
    fetcher = internet.fetcher()
    errands = [fetcher.errand("192.0.2.1") for _ in range(3)]
    with errands[0] as first, errands[1] as second, errands[2] as third:
        results = [
            code(errand.fetch(f"https://{NAME}/{number}", Purpose.CREDENTIAL))
            for number, errand in enumerate((first, second, third))
        ]
    assert results == ["status_refused", "status_refused", "client_rate_limited"]
    assert code(fetch(fetcher, f"https://{NAME}/3")) == "status_refused"


def test_a_server_where_all_places_are_taken_for_too_long_is_busy(internet: Internet) -> None:
    entered, leave = threading.Event(), threading.Event()

    def script(connection: socket.socket) -> None:
        entered.set()
        waiting(leave, reply())(connection)

    internet.remote.scripts |= {"/a": script, "/b": reply()}
    clock, results = Clock(), []
    fetcher = internet.fetcher(patient(at_one_host=1), clock=clock)
    first = threading.Thread(target=lambda: results.append(code(fetch(fetcher, f"https://{NAME}/a"))))
    first.start()
    assert entered.wait(PATIENCE)
    with fetcher.errand("192.0.2.2") as second:
        clock.now += fetcher.limits.errand_seconds - 0.1
        assert code(second.fetch(f"https://{NAME}/b", Purpose.STATUS_LIST)) == "host_busy"
    leave.set()
    first.join()
    assert results == ["fetched"]


def test_only_so_many_requests_fetch_at_once(internet: Internet) -> None:
    internet.remote.scripts |= {"/a": reply(), "/b": reply()}
    fetcher = internet.fetcher(patient(at_once=1))
    with fetcher.errand("192.0.2.1") as first:
        assert code(first.fetch(f"https://{NAME}/a", Purpose.CREDENTIAL)) == "fetched"
        assert code(fetch(fetcher, f"https://{NAME}/b", client="192.0.2.2")) == "busy"
    assert code(fetch(fetcher, f"https://{NAME}/b", client="192.0.2.2")) == "fetched"


# The cache ------------------------------------------------------------------------------------------


def test_a_document_is_asked_for_once_while_it_is_fresh(internet: Internet) -> None:
    clock = Clock()
    internet.remote.scripts["/list"] = reply(
        headers={"Content-Type": "application/json", "Cache-Control": "max-age=300"}
    )
    fetcher = internet.fetcher(clock=clock)
    for step in (0, 299, 2):
        clock.now += step
        fetch(fetcher)
    assert internet.remote.paths == ["/list", "/list"]


def test_the_same_address_for_another_purpose_is_asked_for_anew(internet: Internet) -> None:
    internet.remote.scripts["/list"] = reply(headers={"Content-Type": "text/plain"})
    fetcher = internet.fetcher()
    assert code(fetch(fetcher, purpose=Purpose.CREDENTIAL)) == "fetched"
    assert code(fetch(fetcher, purpose=Purpose.DID_DOCUMENT)) == "media_type_refused"


def test_after_a_poisoned_answer_the_right_one_is_back_within_a_minute(internet: Internet) -> None:
    clock = Clock()
    fetcher = internet.fetcher(clock=clock)
    internet.remote.scripts["/list"] = reply(status="503 Broken")
    assert code(fetch(fetcher)) == "status_refused"
    internet.remote.scripts["/list"] = reply(b"[1]")
    assert code(fetch(fetcher)) == "status_refused"
    clock.now += 60
    assert code(fetch(fetcher)) == "fetched"
    assert internet.remote.paths == ["/list"] * 2


@pytest.mark.parametrize(
    ("refused", "remedy"),
    [
        ("timed_out", "Try again in a minute."),
        ("busy", "Try again in a minute."),
        ("status_refused", "Ask the issuer"),
    ],
)
def test_a_refusal_says_what_to_do(refused: str, remedy: str) -> None:
    assert Refused(refused, "").remedy.startswith(remedy)
