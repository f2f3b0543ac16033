"""Two languages: chosen by a link, never guessed; a cookie of two letters, and no cookie on pages that promise none."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

COOKIE = settings.LANGUAGE_COOKIE_NAME
ENGLISH, VIETNAMESE = '<html lang="en">', '<html lang="vi">'
pytestmark = pytest.mark.django_db


def read_body(client: Client, path: str, **more: str) -> str:
    return client.get(path, **more).content.decode()  # type: ignore[arg-type]


def test_the_choice_is_stored_in_a_cookie_and_returns_to_the_same_page() -> None:
    client = Client()
    assert 'href="?lang=en" lang="en"' in read_body(client, "/tra-cuu") and VIETNAMESE in read_body(client, "/tra-cuu")
    answer = client.get("/tra-cuu?lang=en&x=1")
    assert (answer.status_code, answer["Location"]) == (303, "/tra-cuu?x=1")
    cookie = client.cookies[COOKIE]
    assert (cookie.value, cookie["samesite"], cookie["httponly"], cookie["path"]) == ("en", "Lax", True, "/")
    page = client.get("/tra-cuu")
    text = page.content.decode()
    assert ENGLISH in text and ">Track a report</a>" in text and 'href="?lang=vi" lang="vi"' in text
    assert page["Content-Language"] == "en" and "Cookie" in page["Vary"]
    assert translation.get_language() == "vi", "the thread's language is reset"
    client.get("/?lang=vi")
    assert client.cookies[COOKIE].value == "" and VIETNAMESE in read_body(client, "/")


def test_nothing_is_guessed_from_the_browser() -> None:
    assert VIETNAMESE in read_body(Client(), "/", HTTP_ACCEPT_LANGUAGE="en-US,en;q=0.9")


@pytest.mark.parametrize("code", ["fr", "", "en-US", "../en", "en\r\nX: 1"])
def test_a_language_we_do_not_speak_changes_nothing(code: str) -> None:
    client = Client()
    answer = client.get("/", {"lang": code})
    assert answer.status_code == 200 and VIETNAMESE in answer.content.decode() and COOKIE not in client.cookies
    client.cookies[COOKIE] = "xx"
    assert VIETNAMESE in read_body(client, "/")


def test_the_way_back_never_leaves_this_host() -> None:
    for path in ("//example.org/", "/\\example.org/", "///example.org"):
        answer = Client().generic("GET", path, QUERY_STRING="lang=en&next=https://example.org")
        place = answer.headers.get("Location", "/")
        assert place.startswith("/") and not place.startswith(("//", "/\\")), (path, place)


def test_the_page_without_trace_keeps_the_choice_in_its_address_alone() -> None:
    client = Client()
    text = read_body(client, "/bao-kin?lang=en")
    assert ENGLISH in text and not client.cookies
    assert 'action="/bao-kin?lang=en"' in text and 'action="/bao-kin"' not in text and 'formaction="?lang=vi"' in text
    assert VIETNAMESE in read_body(client, "/bao-kin") and 'action="/bao-kin"' in read_body(client, "/bao-kin")
    answer = client.post("/bao-kin?lang=en", {"step": "send"})
    assert answer.status_code == 403 and ENGLISH in answer.content.decode() and not client.cookies
    client.cookies[COOKIE] = "en"
    assert ENGLISH in read_body(client, "/bao-kin") and VIETNAMESE in read_body(client, "/bao-kin?lang=vi")


def test_an_error_speaks_the_same_language() -> None:
    client = Client()
    client.cookies[COOKIE] = "en"
    answer = client.get("/khong-co")
    assert answer.status_code == 404 and ENGLISH in answer.content.decode()


def test_a_browser_without_cookies_may_switch() -> None:
    client = Client(enforce_csrf_checks=True)
    browser_headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Accept-Language": "vi"}
    answer = client.post("/bao-tin?lang=en", {"text": "Mất xe đạp", "switch": "1"}, headers=browser_headers)
    assert answer.status_code == 200 and ENGLISH in answer.content.decode() and client.cookies[COOKIE].value == "en"
