import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import errors, pages, templating
from app.errors import ConfigurationError, NotFoundError, PassportsError
from app.schemas.credential_summaries import CredentialSummary
from app.schemas.pages import (
    ErrorPage,
    HomePage,
    InputProblem,
    IssuerPage,
    StatusNote,
    VerificationForm,
    VerificationPage,
)
from tests.page_samples import NOW, REPORTS, Check, Report, credential_page, sample_document, sample_pages

SAMPLES = sample_pages()
REL = 'rel="noopener noreferrer nofollow ugc"'


def html_of(path: str) -> str:
    return bytes(pages.render(SAMPLES[path]).body).decode()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html.partition("<main")[2].partition("</main>")[0]))


def verdict_of(html: str) -> str:
    return text_of("<main>" + html.partition('<section class="verdict')[2].partition("</section>")[0])


def all_errors() -> list[type[PassportsError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, PassportsError)]


# What every page keeps to ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES)
def test_no_page_holds_a_script_a_style_or_anything_of_another_site(path: str) -> None:
    html = html_of(path)
    assert not re.search(r"<(script|style|iframe|object|embed|base|meta http-equiv)", html)
    assert not re.search(r"\s(on[a-z]+|style|srcdoc)=", html)
    assert all(url.startswith("/") for url in re.findall(r'<(?:img|link)[^>]* (?:src|href)="([^"]*)"', html))


@pytest.mark.parametrize("path", SAMPLES)
def test_every_page_has_one_first_heading_landmarks_a_language_and_a_skip_link(path: str) -> None:
    html = html_of(path)
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert len(re.findall(r"<h1\b", html)) == len(re.findall(r"<main\b", html)) == 1
    assert html.index('href="#content"') < html.index("<header")
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", SAMPLES)
def test_every_page_carries_the_security_headers(path: str) -> None:
    headers = pages.render(SAMPLES[path]).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; img-src 'self' data:; style-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["vary"] == "Accept"
    assert headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "cache", "robots"),
    [
        ("/", "public, max-age=300", None),
        ("/verify", "no-store", None),
        ("/credentials/verified", "private, no-cache", "noindex"),
        ("/missing", "no-store", "noindex"),
    ],
)
def test_pages_about_people_are_neither_indexed_nor_kept_by_others(
    path: str, cache: str, robots: str | None
) -> None:
    headers = pages.render(SAMPLES[path]).headers
    assert headers["cache-control"] == cache
    assert headers.get("x-robots-tag") == robots
    assert ('<meta name="robots" content="noindex">' in html_of(path)) == (robots is not None)


def test_an_error_page_answers_with_its_own_status() -> None:
    assert pages.render(ErrorPage(status=404, title="Not found", detail="No.")).status_code == 404
    assert pages.render(HomePage()).status_code == 200
    assert pages.render(VerificationPage(), status=422).status_code == 422


def test_the_stylesheet_s_address_changes_with_its_content() -> None:
    assert re.fullmatch(r"/static/passports\.css\?v=[0-9a-f]{12}", pages.static_url("passports.css"))


def test_all_templates_compile() -> None:
    environment = templating.make_environment(pages.TEMPLATE_DIRECTORY, pages.static_url)
    for name in environment.list_templates():
        environment.get_template(name)


# The verdict ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/credentials/", "/verify-"])
@pytest.mark.parametrize(
    ("name", "tone", "title"),
    [
        ("verified", "good", "Verified"),
        ("revoked", "bad", "Revoked"),
        ("expired", "bad", "Expired"),
        ("tampered", "bad", "Not genuine"),
        ("undetermined", "open", "Could not be fully checked"),
    ],
)
def test_each_verdict_is_said_in_words_before_anything_else(
    place: str, name: str, tone: str, title: str
) -> None:
    html = html_of(f"{place}{name}")
    assert f'class="verdict tone-{tone}"' in html
    assert html.index('class="verdict') < html.index('class="passport"')
    assert verdict_of(html).split(">")[-1].strip().startswith(title)
    assert html.count("tone-good") == (1 if name == "verified" else 0)


def test_a_revoked_credential_says_why_at_the_top() -> None:
    words = verdict_of(html_of("/credentials/revoked"))
    assert "Issued to the wrong person by mistake." in words
    assert "20 March 2016" in words


def test_a_reason_for_revocation_is_shown_even_when_the_list_could_not_be_read() -> None:
    page = replace(credential_page(sample_document(), "undetermined"), note=StatusNote("A mistake.", NOW))
    assert "A mistake." in verdict_of(bytes(pages.render(page).body).decode())


def report(verdict: str, **failed: str) -> Report:
    checks = [
        Check(n, check_id, check_id, "fail", code, f"detail of {code}", None, "clause")
        for n, (check_id, code) in enumerate(failed.items(), 1)
    ]
    return Report(verdict, tuple(checks))


@pytest.mark.parametrize(
    ("failed", "title"),
    [
        ({"validity": "expired", "status": "revoked"}, "Revoked"),
        ({"proof": "proof_invalid", "status": "revoked"}, "Not genuine"),
        ({"recipient": "recipient_differs", "validity": "expired"}, "Expired"),
        ({"recipient": "recipient_differs"}, "Issued to somebody else"),
        ({"issuer_key": "key_not_bound"}, "Not signed by this issuer"),
        ({"proof": "proof_missing"}, "Not signed"),
        ({"status": "suspended"}, "Suspended"),
        ({"validity": "not_yet_valid"}, "Not valid yet"),
        ({"conformance": "some_new_code"}, "Not verified"),
        ({"a_new_step": "some_new_code", "status": "revoked"}, "Not verified"),
        ({}, "Not verified"),
    ],
)
def test_the_weightiest_failure_gives_the_banner_its_words(failed: dict[str, str], title: str) -> None:
    banner = templating.banner(report("not_verified", **failed))
    assert (banner.tone, banner.title) == ("bad", title)


@pytest.mark.parametrize("verdict", ["undetermined", "not_verified", "", "VERIFIED", "anything else"])
def test_nothing_but_the_verdict_verified_looks_good(verdict: str) -> None:
    assert templating.banner(Report(verdict, REPORTS["verified"].checks)).tone != "good"


@pytest.mark.parametrize("outcome", ["unknown", None])
def test_a_sound_signature_of_an_unknown_issuer_is_not_shown_as_verified(outcome: str | None) -> None:
    checks = [
        replace(check, outcome=outcome or "") if check.id == templating.TRUST_CHECK else check
        for check in REPORTS["verified"].checks
        if outcome or check.id != templating.TRUST_CHECK
    ]
    banner = templating.banner(Report("verified", tuple(checks)))
    assert (banner.tone, banner.title) == ("open", "Signature sound, issuer not known")
    assert "the name proves nothing" in banner.text


def test_trust_in_the_issuer_never_decides_the_banner_of_what_failed() -> None:
    banner = templating.banner(report("not_verified", issuer_trust="issuer_not_known", status="revoked"))
    assert banner.title == "Revoked"


def test_checks_that_were_made_stand_apart_from_those_that_were_not() -> None:
    checks = REPORTS["undetermined"].checks
    assert [check.number for check in templating.made(checks)] == [1, 2, 3, 4, 5]
    assert [check.number for check in templating.left_open(checks)] == [6, 7, 8]
    words = text_of(html_of("/credentials/undetermined"))
    assert words.index("What was checked") < words.index("What was not checked")
    assert "6. Look for a revocation Could not be checked" in words
    assert "7. Compare the holder Does not apply" in words
    assert "What you can do: Try again later" in words
    assert "It does not check whether the issuer deserves your trust" in words


def test_an_issuer_is_only_said_to_have_signed_when_its_key_was_found_to_have() -> None:
    assert "Signed under passports.example.org" in text_of(html_of("/verify-revoked"))
    doubtful = text_of(html_of("/verify-tampered"))
    assert "Signed under" not in doubtful
    assert "Says it is from Participation Network" in doubtful
    assert "It was not confirmed that this issuer signed it." in doubtful
    assert "What it claims" in doubtful


def test_a_report_without_any_check_is_shown_as_such() -> None:
    page = VerificationPage(report=Report("undetermined", ()), checked_at=NOW)
    assert "No check could be made." in text_of(bytes(pages.render(page).body).decode())


# The credential and the form ------------------------------------------------------------------------


def test_a_credential_s_page_says_what_was_earned_and_where_to_take_it() -> None:
    html = html_of("/credentials/verified")
    words = text_of(html)
    for expected in (
        "Community Leadership Passport",
        "Awarded 4 March 2016",
        "The holder of an e-mail address that stands here as a salted hash",
        "Working Open Completed",
        "Empowering Teams &amp; People Not recorded",
        "Outcome of the community project Lasting change (Achieved was enough)",
        "Opens library-club.example.net",
        "7 private entries: 5 attendances",
    ):
        assert expected in words
    path = "/credentials/6f1d0c8a5b2e4f7796d3a1c0e8b45d21"
    assert all(f'href="{path}{suffix}"' in html for suffix in (".json", ".jwt", ".png", ".svg"))


def test_a_page_holds_no_hash_and_no_salt_of_the_holder() -> None:
    html = html_of("/credentials/verified")
    assert "b5809d8a92f8" not in html
    assert "Kosher" not in html


def test_strangers_links_say_that_they_are_strangers() -> None:
    outward = re.findall(r'<a href="https://[^>]*>', html_of("/credentials/verified"))
    assert len(outward) > 5
    assert all(REL in link or "/achievements/" in link for link in outward)


def test_a_credential_that_says_nothing_still_makes_a_page() -> None:
    summary = CredentialSummary.read({})
    page = VerificationPage(report=REPORTS["tampered"], summary=summary, source="json", checked_at=NOW)
    words = text_of(bytes(pages.render(page).body).decode())
    for expected in ("Credential without a name", "An issuer without a name", "No issuer is named"):
        assert expected in words
    assert "Nobody: the credential names no holder" in words
    assert "The credential names no evidence." in words


def test_credits_are_shown_where_there_are_any() -> None:
    document: dict[str, Any] = sample_document()
    subject = document["credentialSubject"] | {"creditsEarned": 2}
    worth = subject | {"achievement": subject["achievement"] | {"creditsAvailable": 2.5}}
    shown = {
        name: text_of(
            bytes(pages.render(credential_page(document | {"credentialSubject": each})).body).decode()
        )
        for name, each in (("none", document["credentialSubject"]), ("earned", subject), ("both", worth))
    }
    assert "Credits" not in shown["none"]
    assert "Credits 2 " in shown["earned"]
    assert "Credits 2 of 2.5 " in shown["both"]


def test_hundreds_of_entries_are_cut_and_the_page_says_so() -> None:
    entries = [{"id": f"https://e.example/{n}", "name": f"Entry {n}"} for n in range(100)]
    page = credential_page({**sample_document(), "evidence": entries})
    words = text_of(bytes(pages.render(page).body).decode())
    assert "Entry 39" in words
    assert "Entry 40" not in words
    assert "60 more entries stand in the file itself." in words


def test_the_form_keeps_what_was_typed_to_the_last_character() -> None:
    typed = '\n{"name": "a\u202eb</textarea><script>"}'
    page = VerificationPage(
        form=VerificationForm(credential=typed, url='"/credentials/x', recipient="a@example.org"),
        problem=InputProblem(title="Unreadable", detail="It ends too early.", hint="Copy all.", field="url"),
    )
    html = bytes(pages.render(page).body).decode()
    kept = "\n{&#34;name&#34;: &#34;a\u202eb&lt;/textarea&gt;&lt;script&gt;&#34;}"
    assert f'aria-describedby="credential-help">\n{kept}</textarea>' in html
    assert 'value="&#34;/credentials/x"' in html
    assert 'value="a@example.org"' in html
    assert 'aria-describedby="url-help problem" aria-invalid="true"' in html
    assert html.count('aria-invalid="true"') == 1


def test_an_issuer_s_web_site_is_linked_only_when_it_is_safe() -> None:
    page = IssuerPage(name="N", did="did:key:z6Mk", path="/issuers/n", url="javascript:alert(1)")
    assert "javascript" not in bytes(pages.render(page).body).decode()


# Text that nobody vouches for -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x07", "\x85", "\U000e0041", "\u200f"]
)
def test_characters_that_deceive_become_visible(character: str) -> None:
    page = credential_page({**sample_document(), "name": f"Pass{character}port"})
    html = bytes(pages.render(page).body).decode()
    assert "Pass\ufffdport" in html
    assert character not in html


def test_characters_that_languages_need_stay() -> None:
    for text in ("می‌خواهم", "क्‍ष", "👩‍🏫", "Zoë\n\tx"):
        assert templating.visible(text) == text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# One\n\n## Two", "<h3>One</h3>\n<h4>Two</h4>\n"),
        ("###### Deep", "<h6>Deep</h6>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>\n"),
        ("[a](https://x.example)", f'<p><a href="https://x.example" {REL}>a</a></p>\n'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("[a](JaVaScRiPt&colon;alert(1))", "<p>[a](JaVaScRiPt:alert(1))</p>\n"),
        ("[a](http://x.example)", f"<p><a {REL}>a</a></p>\n"),
        ("![a](https://x.example/a.png)", f'<p>!<a href="https://x.example/a.png" {REL}>a</a></p>\n'),
        ("a\u202eb", "<p>a\ufffdb</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
    ],
)
def test_markdown_keeps_words_and_loses_what_could_harm(source: str, expected: str) -> None:
    assert templating.markdown(source) == expected


def test_very_long_markdown_stays_plain_text() -> None:
    assert templating.markdown("<a" * 15_000) == "<p>" + "&lt;a" * 15_000 + "</p>"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2016-03-04T09:00:00Z", '<time datetime="2016-03-04T09:00:00+00:00">4 March 2016</time>'),
        ("2016-03-04T23:30:00-05:00", '<time datetime="2016-03-05T04:30:00+00:00">5 March 2016</time>'),
        (datetime(2016, 3, 4, tzinfo=UTC), '<time datetime="2016-03-04T00:00:00+00:00">4 March 2016</time>'),
        ("2016-03-04", '<time datetime="2016-03-04T00:00:00+00:00">4 March 2016</time>'),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
        ("<b>soon</b>", "&lt;b&gt;soon&lt;/b&gt;"),
    ],
)
def test_a_date_is_said_in_words_and_anything_else_is_shown_as_it_is(value: str, words: str) -> None:
    assert templating.day(value) == words


def test_an_instant_says_the_time_in_utc() -> None:
    assert ">1 April 2016, 12:30 UTC<" in templating.instant(NOW)


# Problems -------------------------------------------------------------------------------------------


def test_each_error_code_has_a_section_with_the_same_title_and_two_answers() -> None:
    for error in all_errors():
        page = pages.load_problem(error.code)
        assert page.title == error.title
        assert page.body.startswith("**What happened.**")
        assert "**What to do.**" in page.body


def test_no_section_describes_a_code_that_is_never_sent() -> None:
    framework_codes = {"bad_request", "method_not_allowed"}
    assert set(pages.problem_codes()) == {error.code for error in all_errors()} | framework_codes


def test_an_unknown_code_has_no_page() -> None:
    with pytest.raises(NotFoundError, match="no_such_code"):
        pages.load_problem("no_such_code")


def test_a_missing_problems_file_is_said_at_start_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"problems\.md is missing"):
        pages.check(tmp_path / "problems.md")
