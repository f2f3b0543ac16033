"""`./dev screenshots`: run the demo scenario, then a simulated year, in fresh demos; take the pictures of the README
(docs/images/) and of the user guide (binhyen/ui/static/ui/guide/).
"""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "screens"
PORT, STAND_IN = 8940, 8941
URL = f"http://127.0.0.1:{PORT}"
ENVIRONMENT = {
    **os.environ,
    "BINHYEN_VAR": str(VAR),
    "BINHYEN_PORT": str(PORT),
    "BINHYEN_EMULATOR_PORT": str(STAND_IN),
    "BINHYEN_URL": URL,
    "BINHYEN_DEMO": "1",
    "BINHYEN_LOG": "ERROR",
}
LOCALE = "en-US"  # headless Chromium has English date and file fields, which the pages then replace by Vietnamese ones
OPEN_REPORTS = (  # still open when the pictures are taken
    ("Trần Văn Hòa", "Cháu bé khoảng 4 tuổi đi lạc, mặc áo đỏ, đang khóc gần trường mầm non thị trấn Lộc Hà"),
    ("Lê Thị Thu", "Túi qua có đứa lạ vô xóm tui ở TDP Phú Mậu bẻ khóa bắt trộm hai con chó, đi xe 38K1-456.78"),
    ("Vũ Thị Sen", "Em đánh rơi ví da nâu có căn cước ở thị trấn Lộc Hà sáng nay, ai nhặt được cho em xin"),
    ("Phan Văn Tài", "Cho hỏi mất căn cước thì làm lại ở xã Lộc Hà cần giấy tờ gì"),
    ("Hồ Thị Nga", "Có người đổ trộm rác thải hôi thối bên bờ kênh ở thị trấn Lộc Hà"),
    ("Đinh Văn Quân", "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu, công an đến nhanh với"),
)


def main() -> int:
    if not shutil.which("chromium"):
        print("Chromium is missing. Hint: apt install chromium", file=sys.stderr)
        return 1
    with run_demo():
        time.sleep(3)
        subprocess.run([sys.executable, "-m", "binhyen", "play", "--speed", "100"], env=ENVIRONMENT, check=True)
        send_open_cases()
        take_pictures(ROOT / "docs" / "images")
        take_guide_pictures(ROOT / "binhyen" / "ui" / "static" / "ui" / "guide")
    with run_demo("--year"):
        take_year_pictures(ROOT / "docs" / "images")
    return 0


@contextmanager
def run_demo(*options: str) -> Iterator[None]:
    """Run a fresh demo of its own."""
    program = subprocess.Popen([sys.executable, "-m", "binhyen", "demo", "--fresh", *options], env=ENVIRONMENT)
    try:
        wait_for_server(URL)
        yield
    finally:
        program.terminate()
        program.wait(60)


def wait_for_server(url: str) -> None:
    for _ in range(6000):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the demo did not start")


def send_open_cases() -> None:
    import json

    def call_control(path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{STAND_IN}/_control/{path}", data=json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    for name, text in OPEN_REPORTS:
        call_control("say", {"citizen": name, "text": text, "create": True})
    time.sleep(3)


def take_pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        phone = browser.new_context(viewport={"width": 390, "height": 844}, locale=LOCALE, device_scale_factor=1.5)
        page = phone.new_page()
        fill_report_form(page)
        page.screenshot(path=folder / "bao-tin.png")
        page.click(".send-bar .btn-big")
        page.wait_for_load_state()
        page.screenshot(path=folder / "da-gui.png")
        desk = browser.new_context(viewport={"width": 1280, "height": 860}, locale=LOCALE)
        page = desk.new_page()
        _sign_in(page, "loc-ha.canbo1")
        page.goto(f"{URL}/ban-truc")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / "ban-truc.png")
        page.goto(f"{URL}/ban-truc?xem=xong")
        page.locator("a.case-link", has_text="Bạo lực, đánh nhau").first.click()
        page.wait_for_load_state()
        page.screenshot(path=folder / "vu-viec.png", full_page=True)
        page.goto(f"{URL}/ban-truc?lang=en")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / "desk-english.png")
        _sign_in(phone.new_page(), "loc-ha.canbo1", folder / "ban-truc-dien-thoai.png")
        province = browser.new_context(viewport={"width": 1280, "height": 860}, locale=LOCALE)
        page = province.new_page()
        _sign_in(page, "tinh.thammuu")
        page.goto(f"{URL}/ket-qua")
        page.screenshot(path=folder / "ket-qua.png", full_page=True)
        page.goto(f"http://127.0.0.1:{STAND_IN}/")
        page.locator("#pick").click()
        page.locator("#people-list button", has_text="Nguyễn Văn Bình").click()
        page.wait_for_timeout(800)
        page.screenshot(path=folder / "zalo-gia-lap.png")


def take_year_pictures(folder: Path) -> None:
    """Take the director's dashboard and the map of the simulated year."""
    with open_browser() as browser:
        desk = browser.new_context(viewport={"width": 1280, "height": 860}, locale=LOCALE)
        page = desk.new_page()
        _sign_in(page, "tinh.giamdoc")
        for path, name in (("/tong-quan?ky=nam-nay", "tong-quan-nam.png"), ("/ban-do?ky=nam-nay", "ban-do-nam.png")):
            page.goto(f"{URL}{path}")
            page.wait_for_timeout(1000)
            page.screenshot(path=folder / name)


@contextmanager
def open_browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


def take_guide_pictures(folder: Path) -> None:
    """Take the pictures of the user guide: citizen and officer on a phone, the other roles on a desk."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        phone = browser.new_context(viewport={"width": 390, "height": 700}, locale=LOCALE, device_scale_factor=1.5)
        page = phone.new_page()
        fill_report_form(page)
        save_guide_picture(page, folder / "bao-tin.png")
        page.click(".send-bar .btn-big")
        page.wait_for_load_state()
        page.goto(page.locator("a[href*='/theo-doi/']").first.get_attribute("href"))
        save_guide_picture(page, folder / "theo-doi.png")
        officer = browser.new_context(viewport={"width": 390, "height": 700}, locale=LOCALE, device_scale_factor=1.5)
        page = officer.new_page()
        _sign_in(page, "loc-ha.truong")
        save_guide_picture(page, folder / "ban-truc.png")
        page.goto(f"{URL}/ban-truc?xem=xong")
        page.locator("a.case-link", has_text="Bạo lực, đánh nhau").first.click()
        page.wait_for_load_state()
        save_guide_picture(page, folder / "vu-viec.png")
        page.goto(f"{URL}/ban-tin/soan")
        save_guide_picture(page, folder / "ban-tin.png")
        for username, path, name in (
            ("loc-ha.to", "/hoan-canh/ghi", "hoan-canh"),
            ("tinh.thammuu", "/tong-quan", "tong-quan"),
            ("tinh.giukin", "/giu-kin", "giu-kin"),
            ("tinh.thanhtra", "/nhat-ky", "nhat-ky"),
            ("tinh.vanhanh", "/van-hanh", "van-hanh"),
        ):
            page = browser.new_context(viewport={"width": 1000, "height": 700}, locale=LOCALE).new_page()
            _sign_in(page, username)
            page.goto(f"{URL}{path}")
            page.locator(".hint", has_text="Bản trình diễn").evaluate_all(
                "hints => hints.forEach(hint => hint.remove())"
            )
            save_guide_picture(page, folder / f"{name}.png")


def fill_report_form(page: Any) -> None:
    page.goto(f"{URL}/bao-tin")
    page.fill("textarea[name=text]", "Có người bẻ khóa xe máy trước quán cà phê gần chợ Nghèn")


def save_guide_picture(page: Any, path: Path) -> None:
    """Save what the window shows in 64 colours: every installation ships these pictures."""
    from PIL import Image

    page.wait_for_timeout(500)
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(64).save(path, optimize=True)


def _sign_in(page: Any, username: str, picture: Path | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    import django

    django.setup()
    from tests.signing import sign_in_on_page

    sign_in_on_page(page, URL, username, "binh-yen-demo")
    page.goto(f"{URL}/ban-truc")
    if picture:
        page.wait_for_timeout(500)
        page.screenshot(path=picture)


if __name__ == "__main__":
    sys.exit(main())
