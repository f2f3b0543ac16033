"""The emulator as its own process, and its chat page in a browser."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
WHO = "Nguyễn Thị Hoà"


class EmulatorProcess:
    def __init__(self, state: Path) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "emulator", "--port", str(self.port), "--state", str(state)]
        root = Path(__file__).parents[2]
        self.child = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."})
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.call_api("/_control/setup")
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the stand-in did not start")

    def call_api(self, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def answer(self, text: str) -> None:
        people = {row["name"]: row["user_id"] for row in self.call_api("/_control/citizens")["citizens"]}
        body = {"recipient": {"user_id": people[WHO]}, "message": {"text": text}}
        token = self.call_api("/_control/setup")["access_token"]
        assert self.call_api("/openapi/v3.0/oa/message/cs", body, access_token=token)["error"] == 0

    def end(self) -> float:
        """Ask the process to stop; return the seconds it took."""
        began = time.monotonic()
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        self.child.communicate(timeout=15)
        return time.monotonic() - began


@pytest.fixture
def process(tmp_path: Path) -> Iterator[EmulatorProcess]:
    running_process = EmulatorProcess(tmp_path / "zalo.json")
    yield running_process
    running_process.end()


def test_it_imports_nothing_of_the_product() -> None:
    code = (
        "import sys, emulator.app, emulator.__main__; print([m for m in sys.modules if m.split('.')[0] == 'binhyen'])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_stops_quickly_with_a_page_open_and_resumes(process: EmulatorProcess, tmp_path: Path) -> None:
    process.call_api("/_control/say", {"citizen": WHO, "text": "nhớ giúp"})
    page = urllib.request.urlopen(process.base + "/_chat/stream", timeout=10)
    try:
        assert process.end() < 10
    finally:
        page.close()
    again = EmulatorProcess(tmp_path / "zalo.json")
    try:
        previews = again.call_api("/_chat/state")["previews"]
        assert [row["text"] for row in previews.values()] == ["nhớ giúp"]
    finally:
        again.end()


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (apt-get install chromium)")
@pytest.mark.parametrize("size", [(390, 844), (1280, 860)], ids=["phone", "desk"])
def test_one_person_plays_citizen_and_group(process: EmulatorProcess, size: tuple[int, int]) -> None:
    from playwright.sync_api import expect, sync_playwright

    process.call_api("/_control/groups", {"name": "Phú Mậu", "members": ["Trần Văn Đức"], "join_appr": False})
    errors: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.goto(process.base)
        expect(page.locator(".banner")).to_contain_text("không phải Zalo thật")
        page.locator("#pick").click()
        page.locator("#people-list button", has_text=WHO).click()
        page.locator(".chat").first.click()
        page.fill("#text", "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu")
        page.press("#text", "Enter")
        expect(page.locator(".msg.mine .bubble")).to_contain_text("cầm dao")
        process.answer("Đã nhận tin của bà con.")
        expect(page.locator(".msg:not(.mine) .bubble")).to_contain_text("Đã nhận tin")
        if size[0] < 760:
            page.locator("#back").click()
        page.locator(".chat", has_text="Phú Mậu").last.click()
        page.locator("#action").click()
        expect(page.locator("#composer")).to_be_visible()
        process.call_api("/_control/say", {"citizen": "Trần Văn Đức", "group": "Phú Mậu", "text": "Chào bà con"})
        expect(page.locator(".bubble", has_text="Chào bà con")).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert width <= size[0]
    assert errors == []
