"""Where an address leads, whatever it looks like."""

import pytest

from app.signing.urls import leads_below

PLACE = "https://passports.example.org/credentials/"

SPELLINGS = [
    "https://passports.example.org/credentials/1",
    "HTTPS://Passports.Example.ORG/Credentials/1",
    "http://passports.example.org/credentials/1",
    "https://passports.example.org:443/credentials/1",
    "https://passports.example.org:/credentials/1",
    "http://passports.example.org:80/credentials/1",
    "https://passports.example.org./credentials/1",
    "https://somebody@passports.example.org/credentials/1",
    "https://somebody:secret@passports.example.org/credentials/1",
    "https://passports.example.org//credentials/1",
    "https://passports.example.org/credentials//1",
    "https:/passports.example.org/credentials/1",
    "https://passports.example.org\\credentials\\1",
    "https://passports.example.org/%63redentials/1",
    "https://passports.example.org/%2563redentials/1",
    "https://passports.example.org/%252525252563redentials/1",
    "https://passports.example.org/%2%35%363redentials/1",
    "https://passports.example.org/credentials%2F1",
    "https://passports%2Eexample.org/credentials/1",
    "https://passports.example.org/./credentials/1",
    "https://passports.example.org/issuers/../credentials/1",
    "https://passports.example.org/../../credentials/1",
    "https://passports.example.org/issuers/%2e%2E/credentials/1",
    "https://passports.example.org/credentials/1?edition=2#top",
    "https://passports\u3002example.org/credentials/1",
    "https://\uff50assports.example.org/credentials/1",
]

OTHERS = [
    "https://passports.example.org/credentials",
    "https://passports.example.org/achievements/1",
    "https://passports.example.org/credentials/../achievements/1",
    "https://passports.example.org:8443/credentials/1",
    "http://passports.example.org:443/credentials/1",
    "https://elsewhere.example/credentials/1",
    "https://elsewhere.example/?https://passports.example.org/credentials/1",
    "https://passports.example.org.elsewhere.example/credentials/1",
    "https://passports.example.org@elsewhere.example/credentials/1",
    "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
    "did:web:passports.example.org:credentials:1",
    "",
]


@pytest.mark.parametrize("url", SPELLINGS)
def test_every_spelling_of_an_address_leads_there(url: str) -> None:
    assert leads_below(url, PLACE)


@pytest.mark.parametrize("url", OTHERS)
def test_what_leads_elsewhere_does_not(url: str) -> None:
    assert not leads_below(url, PLACE)


def test_a_place_may_be_a_folder_of_a_host_with_a_port() -> None:
    place = "http://localhost:8000/badges/credentials/"
    assert leads_below("http://LOCALHOST:8000/badges/%63redentials/1", place)
    assert not leads_below("http://localhost/badges/credentials/1", place)
    assert leads_below("http://[::1]:8000/credentials/1", "http://[::1]:8000/credentials/")


def test_a_megabyte_of_percent_signs_is_read_at_once() -> None:
    assert not leads_below("https://elsewhere.example/" + "%25" * 300_000, PLACE)
