"""Parsing: one reading of a URL, or none."""

import pytest

from app.http_client.results import RefusedError
from app.http_client.urls import parse

REFUSED = {
    "http://badges.example.org/": "url_not_https",
    "ftp://badges.example.org/": "url_not_https",
    "file:///etc/passwd": "url_not_https",
    "gopher://127.0.0.1:11211/_stats": "url_not_https",
    "": "url_malformed",
    "badges.example.org": "url_malformed",
    "//badges.example.org/": "url_malformed",
    "https:badges.example.org": "url_malformed",
    "https:///etc/passwd": "url_malformed",
    "https://": "url_malformed",
    " https://badges.example.org/": "url_malformed",
    "javascript:alert(1)": "url_malformed",
    "https://badges.example.org/" + "a" * 2048: "url_malformed",
    "https://badges.example.org/#key": "url_fragment",
    "https://badges.example.org#": "url_fragment",
    "https://evil.example#@badges.example.org/": "url_fragment",
    "https://user@badges.example.org/": "url_userinfo",
    "https://badges.example.org:443@127.0.0.1/": "url_userinfo",
    "https://@badges.example.org/": "url_userinfo",
    "https://badges.example.org:80/": "port_refused",
    "https://badges.example.org:8443/": "port_refused",
    "https://badges.example.org:65536/": "port_refused",
    "https://badges.example.org:/": "url_malformed",
    "https://badges.example.org:0443/": "url_malformed",
    "https://badges.example.org:443:443/": "url_malformed",
    "https://badges.example.org:٤٤٣/": "url_malformed",
    "https://badges.example.org\\@127.0.0.1/": "url_userinfo",
    "https://127.0.0.1\\badges.example.org/": "host_refused",
    "https://badges.example.org/\\evil": "url_malformed",
    "https://badges.example.org/a b": "url_malformed",
    "https://badges.example.org/é": "url_malformed",
    "https://badges.example.org/%zz": "url_malformed",
    "https://badges.example.org/\r\nHost: evil": "url_malformed",
    "https://badges.example.org\t/": "host_refused",
    "https://badges.example.org?x=1": None,
    "https://localhost/": "host_refused",
    "https://badges.example.org./": "host_refused",
    "https://.example.org/": "host_refused",
    "https://badges..example.org/": "host_refused",
    "https://-badges.example.org/": "host_refused",
    "https://badges_1.example.org/": "host_refused",
    "https://badges%2eexample.org/": "host_refused",
    "https://%31%32%37.0.0.1/": "host_refused",
    "https://" + "a" * 64 + ".example.org/": "host_refused",
    "https://" + "a." * 130 + "org/": "host_refused",
    "https://xn--a.example.org/": "host_refused",
    "https://xn--zz--.example.org/": "host_refused",
    "https://\u202ebadges.example.org/": "host_refused",
    "https://bad\u200bges.example.org/": "host_refused",
    "https://\uff11\uff12\uff17.0.0.1/": "host_refused",
    "https://①②⑦.0.0.1/": "host_refused",
    "https://ⓛocalhost.example.org/": "host_refused",
    "https://2130706433/": "host_refused",
    "https://017700000001/": "host_refused",
    "https://0x7f000001/": "host_refused",
    "https://0x7f.0.0.1/": "host_refused",
    "https://0177.0.0.1/": "host_refused",
    "https://127.0.0.01/": "host_refused",
    "https://127.1/": "host_refused",
    "https://127.0.1/": "host_refused",
    "https://127.0.0.1.5/": "host_refused",
    "https://127.0.0.256/": "host_refused",
    "https://127.0.0.0x1/": "host_refused",
    "https://badges.example.0x/": "host_refused",
    "https://1.2.3.4./": "host_refused",
    "https://[::1/": "url_malformed",
    "https://::1/": "url_malformed",
    "https://[::1]x/": "url_malformed",
    "https://[fe80::1%25eth0]/": "host_refused",
    "https://[fe80::1%eth0]/": "host_refused",
    "https://[::ffff:127.0.0.01]/": "host_refused",
    "https://[v1.a]/": "host_refused",
    "https://[]/": "host_refused",
}


def code_of(url: str) -> str | None:
    try:
        parse(url)
    except RefusedError as error:
        return error.refused.code
    return None


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_plainly_an_https_address_is_refused(url: str) -> None:
    assert code_of(url) == REFUSED[url]


@pytest.mark.parametrize(
    ("url", "host", "request_path"),
    [
        ("https://badges.example.org", "badges.example.org", "/"),
        ("HTTPS://Badges.Example.ORG:443/A/%2f?b=c&d", "badges.example.org", "/A/%2f?b=c&d"),
        ("https://badges.example.org?b", "badges.example.org", "/?b"),
        ("https://bücher.example/x", "xn--bcher-kva.example", "/x"),
        ("https://xn--bcher-kva.example/x", "xn--bcher-kva.example", "/x"),
        ("https://bücher。example/x", "xn--bcher-kva.example", "/x"),
        ("https://93.184.216.34/", "93.184.216.34", "/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", "2606:4700:4700::1111", "/"),
        ("https://1e100.example9/", "1e100.example9", "/"),
    ],
)
def test_a_plain_address_has_one_reading(url: str, host: str, request_path: str) -> None:
    target = parse(url)
    assert (target.host, target.port, target.path) == (host, 443, request_path)
    assert parse(target.url) == target


def test_dots_of_other_scripts_do_not_hide_an_address_in_numbers() -> None:
    target = parse("https://127。0。0。1/")
    assert str(target.literal) == "127.0.0.1"


def test_an_ipv6_address_stands_in_brackets_in_the_host_header() -> None:
    target = parse("https://[2606:4700:4700::1111]/x")
    assert target.authority == "[2606:4700:4700::1111]"
    assert target.url == "https://[2606:4700:4700::1111]/x"


def test_development_reads_other_ports_and_names_without_a_dot() -> None:
    target = parse("https://localhost:8443/issuers/acme", development=True)
    assert (target.authority, target.is_for_development) == ("localhost:8443", True)
    assert not parse("https://badges.example.org/", development=True).is_for_development
