"""Passkeys in a real browser against the real program, not in demonstration mode (requirement 19)."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from binhyen.kit import clock
from binhyen.people.models import Officer, SignIn
from binhyen.people.services import factors
from binhyen.people.services.activation import create_activation_code
from tests.process_harness import ProcessHarness, wait_until
from tests.security.browser import CHROMIUM, SecurityKey, launch_chromium
from tests.signing import PASSWORD, set_password

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing; apt install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the browser before the database is used: a thread has different connections with and without Playwright's
    loop.
    """
    with launch_chromium() as launched:
        yield launched


@pytest.fixture(autouse=True)
def sync_orm_beside_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def url(real_db: None, tmp_path: Path) -> Iterator[str]:
    """Serve gateway and pages under a host name, as passkeys require."""
    stack = ProcessHarness(tmp_path)
    for child in stack.children.values():
        child.environment |= {"BINHYEN_URL": f"http://localhost:{stack.port}", "BINHYEN_DEMO": "0"}
    try:
        stack.start_processes("gateway", "pages")
        wait_until(lambda: is_answering(f"http://localhost:{stack.port}/dang-nhap"), why="pages")
        yield f"http://localhost:{stack.port}"
    finally:
        stack.stop_processes("gateway", "pages")


def is_answering(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:  # 503 during the start is one too
        return False
    return True


def enter_password(page: Any, url: str, person: Officer) -> None:
    page.goto(f"{url}/dang-nhap")
    page.fill("input[name=username]", person.username)
    page.fill("input[name=password]", PASSWORD)
    page.click("form .btn-wide")
    page.wait_for_url("**/dang-nhap/*")


def touch_key(page: Any) -> None:
    page.wait_for_selector("form[data-passkey] button:visible")
    page.click("form[data-passkey] button")


def test_an_operator_activates_signs_in_and_confirms_with_a_key(browser: Any, url: str, officer: Any) -> None:
    operator = set_password(officer("OPERATOR", "42"))
    factors.delete_all_factors(operator)
    code = create_activation_code(officer=operator, actor="test", now=clock.now())
    problems: list[str] = []
    page = browser.new_context(locale="vi-VN").new_page()
    page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    key = SecurityKey(page)
    enter_password(page, url, operator)
    page.fill("input[name=activation]", code)
    page.click("form .btn-wide")
    page.wait_for_url("**/dang-nhap/them")
    assert page.locator("input[name=code]").count() == 0  # this role accepts keys only
    touch_key(page)
    page.wait_for_url(lambda there: "/dang-nhap" not in there)
    stored = next(r for r in factors.list_factors(operator) if r.type == "webauthn")
    assert SignIn.objects.get(officer=operator, ended_at=None).factor == "webauthn"

    page.context.clear_cookies()
    enter_password(page, url, operator)
    key.set_user_verified(False)  # a key without user verification: PIN or fingerprint is missing
    touch_key(page)
    page.wait_for_selector("text=Chưa xong")
    assert SignIn.objects.filter(officer=operator, ended_at=None).count() == 1
    key.set_user_verified(True)
    page.reload()
    touch_key(page)
    page.wait_for_url(lambda there: "/dang-nhap" not in there)
    assert SignIn.objects.filter(officer=operator, ended_at=None).count() == 2

    page.goto(f"{url}/quan-tri/")
    page.get_by_role("link", name="Việc đang chờ, đang làm").click()
    page.get_by_text("Chọn việc đang chờ, đang làm để xem").wait_for()  # `problems`: nothing refused there

    SignIn.objects.update(confirmed_at=None)
    page.goto(f"{url}/bao-mat/them")
    assert urlsplit(page.url).path == "/bao-mat/xac-nhan"
    touch_key(page)
    page.wait_for_url(lambda there: urlsplit(there).path == "/bao-mat/them")

    # A copy of the key with an older counter, and another person's key.
    stored.refresh_from_db()
    stored.data["count"] += 1000
    stored.save()
    page.context.clear_cookies()
    enter_password(page, url, operator)
    touch_key(page)
    page.wait_for_selector("text=Không nhận ra khóa bảo mật này")
    stored.data["count"] = 0  # the control: with the right counter the same key signs in
    stored.save()
    touch_key(page)
    page.wait_for_url(lambda there: "/dang-nhap" not in there)
    key.unplug()
    assert problems == []


def test_answers_for_another_address_or_another_challenge_are_refused(browser: Any, settings: Any, url: str) -> None:
    """An answer that is valid at our address is refused if the program's address is another one."""
    page = browser.new_context().new_page()
    SecurityKey(page)
    page.goto(f"{url}/dang-nhap")
    settings.PUBLIC_URL = url
    added = factors.passkeys.begin_registration(owner="x", name="x", stored_keys=[])
    credential = get_browser_answer(page, "create", added.options)
    stored = factors.passkeys.finish_registration(state=added.state, answer=credential)
    asked = factors.passkeys.begin_authentication(stored_keys=[stored])
    answer = get_browser_answer(page, "get", asked.options)
    other = factors.passkeys.begin_authentication(stored_keys=[stored])
    with pytest.raises(factors.passkeys.InvalidPasskey):
        factors.passkeys.finish_authentication(state=other.state, stored_keys=[stored], answer=answer)
    with pytest.raises(factors.passkeys.InvalidPasskey):
        factors.passkeys.finish_authentication(state=asked.state, stored_keys=[], answer=answer)
    for elsewhere in ("https://localhost.evil.example", url.replace("http:", "https:"), url + "1"):
        settings.PUBLIC_URL = elsewhere
        with pytest.raises(factors.passkeys.InvalidPasskey):
            factors.passkeys.finish_authentication(state=asked.state, stored_keys=[stored], answer=answer)
    settings.PUBLIC_URL = url
    assert factors.passkeys.finish_authentication(state=asked.state, stored_keys=[stored], answer=answer)  # the control


def get_browser_answer(page: Any, what: str, options: str) -> str:
    """Return the browser's answer to a challenge, by the same script that our pages use."""
    page.evaluate(
        """([what, options]) => {
            const form = document.createElement('form');
            form.dataset.passkey = what;
            form.dataset.options = options;
            form.innerHTML = '<input name="credential"><p data-passkey-say></p><button>x</button>';
            form.submit = () => { window.answered = form.elements.credential.value; };
            document.body.append(form);
        }""",
        [what, options],
    )
    page.add_script_tag(url=f"/static/ui/js/passkey.js?{what}")
    page.evaluate("window.answered = ''")
    page.locator("form[data-passkey]").last.locator("button").click()
    for _ in range(200):
        if answered := page.evaluate("window.answered"):
            return str(answered)
        page.wait_for_timeout(25)
    raise AssertionError("the browser gave no answer")
