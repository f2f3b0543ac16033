"""An anonymous tip in a real browser without script, to its end, with the worker killed in the middle. Requirement 26."""

import http.client
import io
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from binhyen.cases.models import Case
from binhyen.kit import clock
from binhyen.people.models import SignIn
from binhyen.tips.models import Extract, Tip, TipFile
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.people import PASSPHRASE, create_key, restore_first_keys
from tests.process_harness import ProcessHarness, run_processes, wait_until
from tests.security.browser import CHROMIUM, launch_chromium
from tests.signing import set_password, sign_in_on_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing; apt install chromium"),
]
WORDS = "Nhà ông Tư Lé ở xã Lộc Hà bán ma túy cho học sinh, tối nào cũng có xe máy lạ"
EXTRACT = "Kiểm tra việc mua bán ma túy quanh trường học, buổi tối."
ELSEWHERE = "127.0.0.2"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 860}


@pytest.fixture(autouse=True)
def sync_orm_beside_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the ORM beside Playwright's sync API, which keeps a loop running in this thread that Django would refuse."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def handler(real_db: None, officer: Any) -> Iterator[Any]:
    """Create a handler of the province whose own key opens the desk of tips."""
    person = set_password(officer("PROVINCE_DUTY", "42"))
    create_key(person, clock.now())
    key_rotation.rotate_group_key("TIPS", actor="t", now=clock.now())
    yield person
    restore_first_keys(clock.now())


def make_photo(folder: Path) -> str:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "MAY-CUA-TOI", {1: "N", 2: (18.0, 22.0, 30.0)}
    Image.new("RGB", (900, 600), "teal").save(out, "JPEG", exif=exif)
    path = folder / "nha-toi.jpg"
    path.write_bytes(out.getvalue())
    return str(path)


@contextmanager
def open_browser() -> Iterator[Any]:
    """Provide Chromium; under its loop Django opens a separate connection, which ends with it."""
    with launch_chromium() as browser:
        try:
            yield browser
        finally:
            connection.close()


class TipReporter:
    """A person with a phone whose browser runs no script; every request it makes is recorded."""

    def __init__(self, browser: Any, url: str, *, script: bool = False) -> None:
        self.context = browser.new_context(viewport=PHONE, java_script_enabled=script, locale="vi-VN")
        self.page = self.context.new_page()
        self.url, self.asked = url, []
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open_tip_page(self) -> Any:
        self.page.goto(f"{self.url}/bao-kin")
        return self.page

    def send_tip(self, words: str, picture: str = "") -> str:
        page = self.open_tip_page()
        page.fill("#id_text", words)
        if picture:
            page.set_input_files("#id_photos", picture)
        page.get_by_role("button", name="Gửi kín").click()
        return str(page.inner_text(".receipt-long"))

    def enter_code(self, code: str) -> Any:
        page = self.open_tip_page()
        page.fill("#ma", code)
        page.get_by_role("button", name="Xem", exact=True).click()
        return page

    def check_left_nothing(self) -> None:
        """Check: one address, no other host called, nothing stored by the browser."""
        strangers = [u for u in self.asked if not u.startswith((self.url, "data:", "blob:"))]
        assert strangers == []
        pages = {u for u in self.asked if "/static/" not in u and not u.startswith(("data:", "blob:"))}
        assert pages <= {f"{self.url}/bao-kin", f"{self.url}/favicon.ico"}
        assert self.context.cookies() == []
        stored_state = self.context.storage_state(indexed_db=True)
        assert stored_state == {"cookies": [], "origins": []}


def open_tip_desk(browser: Any, stack: ProcessHarness, handler: Any) -> Any:
    page = browser.new_context(viewport=DESK, locale="vi-VN").new_page()
    sign_in_on_page(page, stack.url, handler.username)
    SignIn.objects.filter(officer=handler).update(confirmed_at=clock.now(), factor="webauthn")
    page.goto(f"{stack.url}/giu-kin?next=/giu-kin/tin")
    page.fill("input[name=passphrase]", PASSPHRASE)
    page.get_by_role("button", name=re.compile("Mở")).first.click()
    page.wait_for_url("**/giu-kin/tin")
    return page


def test_a_tip_goes_all_its_way_without_script(tmp_path: Path, handler: Any, pictures: Any) -> None:
    with run_processes(tmp_path) as stack, open_browser() as browser:
        wait_until(lambda: "Báo tin kín" in TipReporter(browser, stack.url).open_tip_page().title(), why="pages")
        person = TipReporter(browser, stack.url)
        pictures(person.open_tip_page(), "start")
        code = person.send_tip(WORDS, make_photo(tmp_path))
        pictures(person.page, "receipt")
        assert re.fullmatch(r"(\d{4} ){4}\d{4}", code)
        case = Case.objects.get()
        stack.kill_process("worker")  # in the middle: no later step may wait for it or be lost with it
        page = person.enter_code("0" * 20)
        assert "Mã này không mở được tin nào" in page.inner_text("main")
        pictures(page, "wrong")

        desk = open_tip_desk(browser, stack, handler)
        desk.get_by_role("link", name=re.compile(re.escape(case.title))).click()
        assert WORDS in desk.inner_text("main")
        desk.locator(".photos img").scroll_into_view_if_needed()
        wait_until(
            lambda: desk.evaluate("document.querySelector('.photos img').naturalWidth") == 900, 10, "the picture"
        )
        pictures(desk, "desk")
        desk.fill("#id_reply", "Cảm ơn bạn. Xe màu gì, biển số thế nào?")
        desk.get_by_role("button", name="Gửi", exact=True).click()
        desk.get_by_text("Chuyển thành vụ việc").click()
        desk.fill("#id_extract", EXTRACT)
        desk.get_by_role("button", name="Chuyển", exact=True).click()
        assert "Đã chuyển" in desk.inner_text("body")
        assert Extract.objects.count() == 1, "the worker is dead"

        page = person.enter_code(code)
        assert "Xe màu gì" in page.inner_text("main")
        page.fill("#viet-them", "Xe màu đỏ")
        page.set_input_files("#them-anh", make_photo(tmp_path))
        page.get_by_role("button", name="Gửi thêm").click()
        assert "Đã gửi thêm" in page.inner_text("main") and "Xe màu đỏ" in page.inner_text("main")
        page.get_by_role("button", name="Xem ảnh 2").click()
        assert page.locator(".shown-photo img").bounding_box()["width"] > 200
        pictures(page, "talk")

        stack.start_processes("worker")
        wait_until(lambda: Case.objects.exclude(pk=case.pk).count() == 1, why="the extract becomes a case")
        wait_until(lambda: case.events.filter(verb="answered").exists(), why="the register knows of the answer")
        assert not Extract.objects.exists()

        page.locator("summary").click()
        page.check("input[name=sure]")
        page.get_by_role("button", name="Rút tin").click()
        assert "Đã rút tin" in page.inner_text("main")
        pictures(page, "withdrawn")
        assert "Mã này không mở được tin nào" in person.enter_code(code).inner_text("main")
        assert not TipFile.objects.exists() and Tip.objects.get().gone_at is not None
        desk.goto(f"{stack.url}/giu-kin/tin")
        assert case.title not in desk.inner_text("main")
        person.check_left_nothing()


def request_from_elsewhere(stack: ProcessHarness, code: str) -> None:
    """Request the page, a refused form and a wrong code from an address that no other client has."""
    key = re.search(r'name="key" value="([^"]+)"', urllib.request.urlopen(f"{stack.url}/bao-kin").read().decode())
    assert key
    form = urllib.parse.urlencode({"step": "open", "key": key[1], "code": code})
    for method, path, body in (("GET", "/bao-kin", ""), ("POST", "/bao-kin", "step=x"), ("POST", "/bao-kin", form)):
        asked = http.client.HTTPConnection("127.0.0.1", stack.port, source_address=(ELSEWHERE, 0), timeout=30)
        asked.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        assert asked.getresponse().status in {200, 403, 404}
        asked.close()


def list_traces(output: str, *more: str) -> list[str]:
    return [needle for needle in (ELSEWHERE, "bao-kin", "Tư Lé", *more) if needle in output]


def test_with_script_nothing_stays_in_the_browser_either_nor_in_a_log(
    tmp_path: Path, handler: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    everything = {"BINHYEN_LOG": "DEBUG"}
    names = ("emulator", "gateway", "pages", "worker")
    with run_processes(tmp_path, *names, environment=everything) as stack, open_browser() as browser:
        wait_until(lambda: "Báo tin kín" in TipReporter(browser, stack.url).open_tip_page().title(), why="pages")
        person = TipReporter(browser, stack.url, script=True)
        code = person.send_tip(WORDS, make_photo(tmp_path))
        page = person.enter_code(code)
        page.fill("#viet-them", "đang viết dở")
        page.get_by_role("button", name="Xem ảnh 1").click()
        page.wait_for_selector(".shown-photo img")
        assert page.input_value("#viet-them") == "đang viết dở"
        assert page.evaluate("navigator.serviceWorker.getRegistrations().then(found => found.length)") == 0
        assert page.evaluate("caches.keys().then(found => found.length)") == 0
        person.check_left_nothing()
        request_from_elsewhere(stack, "0" * 20)
        output = "".join(capfd.readouterr())
        assert list_traces(output, code, code.replace(" ", "")) == []
        assert "stand-in" in output and list_traces(output + ELSEWHERE) == [ELSEWHERE], (
            "control: the output is searched"
        )
        page.evaluate("localStorage.setItem('draft:x', '1')")  # the control: leftover data is detected
        with pytest.raises(AssertionError):
            person.check_left_nothing()


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Any:
    """Return `take(page, name)`: pictures at phone and desk width if BINHYEN_PICTURES names a folder; else nothing."""
    import os

    folder = os.environ.get("BINHYEN_PICTURES", "")

    def take_picture(page: Any, name: str) -> None:
        if folder:
            for size in (PHONE, DESK):
                page.set_viewport_size(size)
                page.screenshot(path=f"{folder}/{name}-{size['width']}.png", full_page=True)

    return take_picture
