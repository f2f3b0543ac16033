"""A report on a phone in a real browser, with scripts on and off: taps counted, nothing lost, no
horizontal overflow."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.test.testcases import LiveServerThread

from binhyen.intake.tests.web import FIGHT, make_fake_picture, make_picture

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
NO_FAULT = ("net::ERR_ABORTED", "net::ERR_INTERNET_DISCONNECTED")  # the page was left; a test cut the line
PHONE = {"width": 390, "height": 844}
MOST_TAPS = 4
RECORDINGS = (
    ("loi.m4a", "audio/mp4", b"\x00\x00\x00\x18ftypM4A " + bytes(40)),
    ("phim.mp4", "video/mp4", b"\x00\x00\x00\x18ftypisom" + bytes(40)),
)
# Bytes of the page and of each file that it loads, as they are before compression.
FIRST_LOAD = """() => ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
  .map((entry) => entry.decodedBodySize)"""
PATIENCE = 10.0  # seconds until a draft is saved on the phone
KEPT = "Object.values(localStorage).some((draft) => draft.includes('dở'))"


@pytest.mark.django_db
def test_this_is_the_test_database():
    """Marked so that pytest-django creates the test database even when this file runs alone."""
    assert connection.settings_dict["NAME"].startswith("test_")


@pytest.fixture
def address(real_db: None, settings: Any, tmp_path: Path) -> Iterator[str]:
    """Serve the pages on a loopback port, with real commits."""
    settings.FILES_ROOT = tmp_path / "files"
    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


class Phone:
    """A page of 390 px that counts taps."""

    def __init__(self, page: Any, *, scripts: bool) -> None:
        self.page, self.scripts, self.taps = page, scripts, 0

    def tap(self, what: str) -> None:
        self.taps += 1
        self.page.tap(what)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def phone(request: Any, address: str) -> Iterator[Phone]:
    problems: list[str] = []
    outside: list[str] = []
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(
            viewport=PHONE, has_touch=True, java_script_enabled=request.param, base_url=address, locale="vi-VN"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Policy" in line.text else None)
        # Requests aborted because the page was left are no fault of the page: the browser itself cancelled them.
        page.on("requestfailed", lambda r: problems.append(r.url) if r.failure not in NO_FAULT else None)
        page.on("request", lambda r: outside.append(r.url) if not r.url.startswith((address, "blob:")) else None)
        yield Phone(page, scripts=request.param)
        browser.close()
    assert (problems, outside) == ([], [])


def fits_screen(page: Any) -> bool:
    """Check that nothing overflows to the right of the screen."""
    boxes = [box for box in (e.bounding_box() for e in page.query_selector_all("main *")) if box]
    return all(box["x"] + box["width"] <= PHONE["width"] + 1 for box in boxes)


def test_a_report_takes_at_most_four_taps_and_leads_to_its_page(phone: Phone) -> None:
    page = phone.page
    page.goto("/")
    assert fits_screen(page)
    phone.tap("main a[href='/bao-tin']")
    page.wait_for_url("**/bao-tin")
    assert fits_screen(page)
    weights = page.evaluate(FIRST_LOAD)
    assert 10_000 < sum(weights) <= 100_000, weights
    phone.tap("#id_text")
    page.keyboard.insert_text(FIGHT)
    phone.tap("main form button.btn-big")
    page.wait_for_url("**/da-gui/*")
    assert phone.taps <= MOST_TAPS
    assert fits_screen(page)
    assert page.locator("main a[href='tel:113']").bounding_box()["y"] < PHONE["height"]
    saved = page.input_value("#duong-dan")
    page.goto(saved)
    assert fits_screen(page)
    assert FIGHT in page.inner_text("main")
    assert "113 (công an)" in page.inner_text("main")
    page.fill("textarea[name=text]", "Họ vẫn còn đánh nhau ở đó")
    page.tap("main form button:has-text('Gửi thêm')")
    page.wait_for_selector("text=Đã gửi thêm.")
    assert "Họ vẫn còn đánh nhau ở đó" in page.inner_text(".thread")
    assert page.input_value("textarea[name=text]") == ""


@pytest.mark.parametrize("phone", [True], ids=["with scripts"], indirect=True)  # without, the browser sends the form
def test_a_report_without_a_line_waits_and_the_phone_remembers_it(phone: Phone) -> None:
    page = phone.page
    page.add_init_script("navigator.share = async (content) => { window.shared = content; };")  # headless has no menu
    page.goto("/bao-tin")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => caches.match('/bao-tin')).then(Boolean)")
    page.context.set_offline(True)
    page.reload()  # the form of the service worker
    assert page.evaluate("getComputedStyle(document.querySelector('.btn-big')).display") == "inline-flex", (
        "with its style"
    )
    page.tap(".topic:has-text('Cháy')")
    page.fill("#id_text", "cháy nhà ở chợ Lộc Hà")
    page.fill("#id_place", "sau đình làng")
    page.tap("summary:has-text('Đặt một từ để tìm lại tin')")
    page.fill("input[name=word]", "quán chè bà Năm")
    page.tap("main form button.btn-big")
    page.wait_for_selector("text=Chưa có mạng. Tin đã lưu trên máy này.")
    assert fits_screen(page) and page.url.endswith("/bao-tin"), "never the browser's own error page"
    page.context.set_offline(False)
    page.wait_for_url("**/da-gui/*")
    page.wait_for_selector("text=Máy này nhớ đường dẫn trong 90 ngày")
    code = page.inner_text(".receipt-code")
    page.tap("button:has-text('Gửi cho mình qua Zalo')")
    assert page.evaluate("shared.url") == page.input_value("#duong-dan"), "handed to the phone's share menu"
    assert page.locator("button:has-text('In')").is_visible()
    page.goto("/tra-cuu")
    page.wait_for_selector(f"[data-own-list] a:has-text('{code}')")
    assert fits_screen(page)
    page.tap("[data-own-clear]")
    page.reload()
    assert page.locator("[data-own-reports]").is_hidden() and code not in page.evaluate("JSON.stringify(localStorage)")
    page.fill("input[name=number]", code)
    page.fill("input[name=word]", "quan che ba nam")
    page.tap("main button:has-text('Tìm lại')")
    page.wait_for_url("**/theo-doi/*")
    assert "cháy nhà ở chợ Lộc Hà" in page.inner_text(".thread")
    assert "Nơi bạn ghi: sau đình làng" in page.inner_text("main"), "the typed place is shown back"
    page.set_input_files(
        "#them-anh", [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in RECORDINGS]
    )
    page.wait_for_selector("[data-previews] figcaption:has-text('loi.m4a')")
    page.tap("main form button:has-text('Gửi thêm')")
    page.wait_for_selector(".thread:has-text('đã niêm phong')")
    assert page.locator(".thread .photos .note").count() == len(RECORDINGS) and fits_screen(page)
    page.goto("/bao-tin")
    page.fill("#id_text", "em thấy con bò lạc vào vườn ở Nghèn")
    page.tap("main form button.btn-big")
    page.wait_for_url("**/da-gui/*")
    page.goto(page.input_value("#duong-dan"))
    assert "thấy con vật lúc nào" in page.inner_text("main"), "a stray animal was seen, not picked up"


def test_an_html_file_as_photo_is_explained_and_the_text_stays(phone: Phone, tmp_path: Path) -> None:
    bad, good = tmp_path / "xau.jpg", tmp_path / "dep.jpg"
    bad.write_bytes(make_fake_picture().read())
    good.write_bytes(make_picture().read())
    page = phone.page
    page.goto("/bao-tin")
    page.fill("#id_text", FIGHT)
    page.set_input_files("#id_photos", [str(bad)])
    page.tap("main form button.btn-big")
    page.wait_for_selector("#id_photos_error")
    assert "không phải ảnh xem được" in page.inner_text("main")
    assert page.input_value("#id_text") == FIGHT
    assert fits_screen(page)
    page.set_input_files("#id_photos", [str(good)])
    page.tap("main form button.btn-big")
    page.wait_for_url("**/da-gui/*")
    page.tap("main a:has-text('Mở trang theo dõi')")
    page.wait_for_url("**/theo-doi/*")
    shown = page.get_attribute(".thread img", "src")
    assert page.request.get(shown).headers["content-type"] == "image/jpeg"


def test_text_on_the_status_page_stays_after_an_error(phone: Phone, tmp_path: Path) -> None:
    bad = tmp_path / "xau.jpg"
    bad.write_bytes(make_fake_picture().read())
    page = phone.page
    page.goto("/bao-tin")
    page.fill("#id_text", FIGHT)
    page.tap("main form button.btn-big")
    page.wait_for_url("**/da-gui/*")
    page.goto(page.input_value("#duong-dan"))
    page.fill("textarea[name=text]", "Lời giữ lại")
    page.set_input_files("input[name=photos]", [str(bad)])
    page.tap("main form button:has-text('Gửi thêm')")
    page.wait_for_selector("main form .error")
    assert page.input_value("textarea[name=text]") == "Lời giữ lại"


def test_on_the_status_page_nothing_written_is_lost(phone: Phone, tmp_path: Path) -> None:
    """After «Gửi thêm» the newest message is on the screen; reload, refresh and switching to English keep the next
    draft."""
    photo, page = tmp_path / "anh.jpg", phone.page
    photo.write_bytes(make_picture().read())
    page.goto("/bao-tin")
    page.fill("#id_text", FIGHT)
    page.tap("main form button.btn-big")
    page.wait_for_url("**/da-gui/*")
    page.goto(page.input_value("#duong-dan"))
    for number in range(4):
        page.fill("#viet-them", f"Lời thêm thứ {number}, họ vẫn ở đó")
        page.tap("main form button:has-text('Gửi thêm')")
        page.wait_for_selector(f".thread:has-text('Lời thêm thứ {number}')")
    newest = page.locator(".thread li").last
    assert "Lời thêm thứ 3" in newest.inner_text() and fits_screen(page)
    for locator in (newest, page.locator("text=Đã gửi thêm.")):
        box = locator.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"], "where the person lands"
    assert page.locator("main a[href='#m-moi-nhat']").is_visible(), "a long one has a way down"
    page.fill("#viet-them", "Đang viết dở")
    if phone.scripts:
        until = monotonic() + PATIENCE
        while monotonic() < until and not page.evaluate(KEPT):
            pass
        page.reload()
        assert page.input_value("#viet-them") == "Đang viết dở", "the URL showed the sent notice again"
        page.set_input_files("#them-anh", [str(photo)])
    page.tap("button:has-text('Tải lại')")
    page.wait_for_selector("main:not(:has-text('Đã gửi thêm.'))")
    assert page.input_value("#viet-them") == "Đang viết dở"
    page.tap("footer button:has-text('English')")
    page.wait_for_selector("html[lang=en]")
    assert page.input_value("#viet-them") == "Đang viết dở"
    if phone.scripts:
        assert page.evaluate("document.getElementById('them-anh').files.length") == 1
    assert "da-gui" not in page.url and fits_screen(page)
