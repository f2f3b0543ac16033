"""The main workflow in a real browser against the real processes: alarm, acknowledgement, reply, rating."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from binhyen.cases.models import CallbackView, Case, Report
from binhyen.demo import scenario as played
from binhyen.people.models import DutyShift
from tests.process_harness import ProcessHarness, run_processes, wait_until
from tests.security.browser import CHROMIUM, launch_chromium
from tests.signing import set_password, sign_in_on_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing; apt install chromium"),
]
FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launch_chromium() as launched:
        yield launched


@pytest.fixture(autouse=True)
def sync_orm_beside_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the ORM beside Playwright's sync API, which keeps a loop running in this thread that Django would refuse."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def _sign_in(browser: Any, stack: ProcessHarness, officer: Any, **view: Any) -> Any:
    set_password(officer)
    page = browser.new_context(viewport=view or {"width": 1280, "height": 860}, locale="vi-VN").new_page()
    sign_in_on_page(page, stack.url, officer.username)
    assert page.locator("main section h2").count() == 3, "the first sign-in shows the role's three first steps"
    page.get_by_role("link", name="Bắt đầu làm việc").click()
    page.wait_for_url("**/ban-truc")
    return page


def test_a_fight_rings_on_the_right_desk_and_nowhere_else(
    real_db: None, tmp_path: Path, officer: Any, browser: Any
) -> None:
    here, there = officer("OFFICER", "18568"), officer("OFFICER", "18073")
    with run_processes(tmp_path) as stack:
        wait_until(lambda: "Báo tin" in open_story_page(stack), why="pages")
        desk, other = _sign_in(browser, stack, here), _sign_in(browser, stack, there)
        an = stack.create_citizen("Trần Thị An")
        stack.send_message(an, FIGHT)
        # Without a reload. Its latency is measured by the bench (journey.to_desk), not by a test on a busy machine.
        desk.wait_for_selector("text=TDP Phú Mậu", timeout=10_000)
        assert FIGHT in desk.inner_text("body")
        desk.get_by_role("button", name=re.compile("Tắt chuông")).first.click()
        wait_until(lambda: Case.objects.get().acknowledged_at is not None, why="acknowledged by a click")
        desk.get_by_role("link", name=re.compile("Phú Mậu")).first.click()
        desk.fill("textarea[name=text]", "Tổ công tác đang đến.")
        desk.get_by_role("button", name=re.compile("Gửi trả lời")).click()
        wait_until(
            lambda: any("Tổ công tác đang đến." in t for t in stack.list_received_texts(an)),
            why="the citizen reads the answer",
        )
        other.goto(f"{stack.url}/ban-truc")
        assert "Phú Mậu" not in other.inner_text("body")
        code = Case.objects.get().code
        assert other.goto(f"{stack.url}/vu-viec/{code}").status == 404
        other.goto(f"{stack.url}/ban-truc?q=phu+mau&xem=tat-ca")
        assert "cầm dao" not in other.inner_text("body")
        hand_over(desk, to="CAX-18073")
        wait_until(
            lambda: any("đang chờ cán bộ ở đó nhận" in t for t in stack.list_received_texts(an)),
            why="the citizen hears that the case moved and waits",
        )
        other.goto(f"{stack.url}/vu-viec/{code}")
        moved = other.inner_text("main")
        assert "Khẩn cấp, chưa ai nhận." in moved and "Chưa ai xử lý" in moved and "\nĐã nhận\n" not in moved
        other.goto(f"{stack.url}/quan-tri/")
        other.get_by_text("mở được").wait_for()  # the refusal offers the pages of this role
        other.locator("main").get_by_role("link", name="Bàn trực", exact=True).click()
        other.get_by_role("row", name=re.compile("Phú Mậu")).get_by_role("button", name="Nhận việc").wait_for()


def hand_over(desk: Any, *, to: str) -> None:
    """Hand the opened case to a unit where its place does not lie: asked once, with the reason beside the box."""
    desk.locator("summary", has_text="Giao cho người khác").click()
    form = desk.locator("form:has(#giao)")
    form.locator("#giao").select_option(f"don-vi:{to}")
    form.locator("#giao-vi").fill("Họ chạy sang đó")
    form.get_by_role("button", name="Giao", exact=True).click()
    form.get_by_text("phụ trách, không phải").wait_for()
    form.get_by_label("Vẫn chuyển đến đơn vị này").check()
    form.get_by_role("button", name="Giao", exact=True).click()
    desk.wait_for_url("**/ban-truc")


def test_who_is_on_another_page_hears_of_it_until_a_colleague_has_it(
    real_db: None, tmp_path: Path, officer: Any, browser: Any
) -> None:
    colleague, chief, stranger = officer("OFFICER", "18568"), officer("CHIEF", "18568"), officer("OFFICER", "18073")
    with run_processes(tmp_path) as stack:
        wait_until(lambda: "Báo tin" in open_story_page(stack), why="pages")
        page, desk, other = (_sign_in(browser, stack, person) for person in (colleague, chief, stranger))
        asked: list[str] = []
        other.on("request", lambda request: asked.append(request.url))
        for tab in (page, other):
            tab.goto(f"{stack.url}/tim")
            assert tab.locator("[data-strip]").is_hidden() and tab.locator(".nav-bar .nav-n").first.is_hidden()
        phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False).new_page()
        phone.goto(f"{stack.url}/bao-tin")
        phone.fill("textarea[name=text]", FIGHT)
        phone.locator("summary", has_text="Để lại số điện thoại").click()
        phone.fill("input[name=phone]", "0912345678")
        phone.check("input[name=callback]")
        phone.get_by_role("button", name="Gửi").click()
        phone.wait_for_url("**/da-gui/*")
        case = Case.objects.get()
        assert case.unit_id == colleague.unit_id
        strip = page.get_by_role("alert").filter(has_text="Có việc khẩn cần xem ngay")
        strip.wait_for(timeout=10_000)
        number = page.locator(".nav-bar .nav-n").first
        number.get_by_text("1", exact=True).wait_for()
        assert "cầm dao" not in page.inner_text("body") and case.code not in page.inner_text("body")
        desk.goto(f"{stack.url}/vu-viec/{case.code}")  # the chief gets no alarm yet, but may stop it on the case's page
        desk.get_by_role("button", name=re.compile("Tắt chuông")).first.click()
        strip.wait_for(state="hidden", timeout=10_000)
        number.wait_for(state="hidden")
        assert not any("so-viec" in url for url in asked) and other.locator("[data-strip]").is_hidden()
        assert case.code not in other.content()
        call_back(desk, phone)
        plan_shift(desk, stack, colleague, chief)
        repeat_shift(desk, page, stack, colleague)
        read_guide(desk, phone)
        page.get_by_role("button", name="Đăng xuất").first.click()
        page.wait_for_url(lambda url: not url.endswith("/tim"))
        sign_in_on_page(page, stack.url, colleague.username)
        assert page.url == f"{stack.url}/ban-truc", "the first steps are shown once"


def read_guide(desk: Any, phone: Any) -> None:
    """Read the help of the opened page on the web and on paper; a citizen reads theirs beside the status page."""
    tasks = desk.locator("main section[id]")
    assert tasks.count() > 10 and tasks.locator("ol li").count() > tasks.count()
    assert -5 < desk.locator("#xep-lich-truc").bounding_box()["y"] < 200, "the help opens at the task of the page"
    picture = desk.locator("#nhan-viec img, #ban-truc img, section img").first
    picture.scroll_into_view_if_needed()
    wait_until(lambda: picture.evaluate("picture => picture.naturalWidth") > 300, why="the picture is loaded")
    paper_link = desk.get_by_role("link", name="Bản in (PDF)")
    paper = desk.request.get(paper_link.evaluate("link => link.href")).body()
    assert paper.startswith(b"%PDF-") and paper.count(b"/Type /Page\n") > 2, "pages for paper"
    phone.locator("footer").get_by_role("link", name="Hướng dẫn").click()
    phone.wait_for_url("**/huong-dan/nguoi-dan#xem-tra-loi")
    task = phone.locator("#xem-tra-loi").bounding_box()
    assert task["width"] <= 390 and -5 < task["y"] < 200
    phone.get_by_role("link", name="Mọi hướng dẫn").click()
    for title in ("Người dân", "Trưởng công an", "Người vận hành"):
        phone.get_by_role("link", name=re.compile(title)).first.wait_for()


def call_back(desk: Any, phone: Any) -> None:
    """See the number that the reporter left, once; a reload shows it no more, the reporter reads of one view."""
    desk.get_by_role("button", name="Xem số để gọi lại").click()
    desk.get_by_text("0912 345 678").wait_for()
    desk.reload()
    desk.get_by_text("Số chỉ hiện một lần.").wait_for()
    assert "0912 345 678" not in desk.inner_text("body") and CallbackView.objects.count() == 1
    phone.get_by_role("link", name=re.compile("theo dõi")).first.click()
    phone.get_by_text("Cán bộ đã xem số để gọi lại cho bạn").wait_for()


def plan_shift(desk: Any, stack: ProcessHarness, colleague: Any, chief: Any) -> None:
    """Plan a shift in the week's grid, see the gap beside it, swap it; then read the help about this page."""
    desk.goto(f"{stack.url}/lich-truc")
    desk.select_option("#officer", str(colleague.public_id))
    desk.get_by_role("button", name="Thêm ca").click()
    desk.get_by_text("Đã thêm ca trực.").wait_for()
    week = desk.locator(".week")
    week.get_by_text(colleague.name).wait_for()
    week.get_by_text("chưa có ai trực").first.wait_for()
    week.locator("summary").first.click()
    week.locator("select").first.select_option(str(chief.public_id))
    week.get_by_role("button", name="Đổi ca").click()
    week.get_by_text(chief.name).wait_for()


def repeat_shift(desk: Any, page: Any, stack: ProcessHarness, colleague: Any) -> None:
    """Repeat a shift daily: who is on duty now is shown with the number that they gave. Then open the help."""
    page.goto(f"{stack.url}/chuong")
    page.get_by_label("Số điện thoại").fill("0987 654 321")
    page.get_by_role("button", name="Lưu số").click()
    page.get_by_text("Đã lưu số gọi khi trực.").wait_for()
    today = dt.date.fromisoformat(desk.get_attribute("#day", "min"))
    desk.select_option("#officer", str(colleague.public_id))
    desk.fill("#day", today.isoformat())
    desk.fill("#start", "00:00")
    desk.select_option("#hours", "24")
    desk.select_option("#every", "1")
    desk.fill("#until", (today + dt.timedelta(days=2)).isoformat())
    desk.get_by_role("button", name="Thêm ca").click()
    on_duty = desk.locator("section", has=desk.get_by_role("heading", name="Đang trực"))
    on_duty.get_by_text(colleague.name).wait_for()
    on_duty.get_by_role("link", name="0987 654 321").wait_for()
    assert DutyShift.objects.filter(officer=colleague).count() == 3
    desk.locator("footer").get_by_role("link", name="Hướng dẫn").click()
    desk.wait_for_url("**/huong-dan/truong-cong-an-xa#xep-lich-truc")


SHOWN = """async (scope) => (await (await navigator.serviceWorker.getRegistration(scope)).getNotifications())
  .map((notice) => [notice.title, notice.body])"""
TAP = """async () => {
  const [notice] = (await self.registration.getNotifications()).filter((shown) => shown.data.token);
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification: notice, action: "nhan" }));
}"""


def test_an_alarm_rings_on_a_closed_tab_and_is_taken_from_the_notice(
    real_db: None, tmp_path: Path, officer: Any, browser: Any
) -> None:
    """Headless Chromium has no push service: the emulator's subscription replaces its own, DevTools delivers the text
    that the emulator decrypted.
    """
    here, chief = officer("OFFICER", "18568"), officer("CHIEF", "18568")
    with run_processes(tmp_path) as stack:
        call_command("connect_webpush", stand_in=stack.zalo, verbosity=0)
        wait_until(lambda: "Báo tin" in open_story_page(stack), why="pages")
        page = _sign_in(browser, stack, here)
        page.context.grant_permissions(["notifications"], origin=stack.url)
        page.goto(f"{stack.url}/chuong")
        form = page.locator("form[data-push]")
        scope = form.get_attribute("data-scope")
        asked = {"key": form.get_attribute("data-key"), "name": "phone"}
        made = stack.call_control("devices", asked)["subscription"]
        page.evaluate("(made) => { PushManager.prototype.subscribe = async () => ({ toJSON: () => made }); }", made)
        page.locator("[data-push-on]").click()
        page.get_by_role("button", name="Tắt máy đó").wait_for()
        desk = _sign_in(browser, stack, chief, width=390, height=844)
        desk.goto(f"{stack.url}/chuong")
        desk.get_by_text("1 người chưa bật chuông trên điện thoại.").wait_for()
        for person, state in ((chief, "Chưa bật chuông"), (here, "Có chuông")):
            desk.get_by_role("listitem").filter(has_text=person.name).get_by_text(state).wait_for()
        page.goto(f"{stack.url}/tim")  # no desk is open, so nothing rings here
        stack.send_message(stack.create_citizen("Trần Thị An"), FIGHT)
        pushed = wait_until(lambda: stack.call_control("pushed?device=phone")["messages"], why="pushed")[0]["text"]
        assert "Phú Mậu" not in pushed and "dao" not in pushed and here.name not in pushed
        devtools, registrations = page.context.new_cdp_session(page), list[Any]()
        devtools.on(
            "ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"])
        )
        devtools.send("ServiceWorker.enable")
        page.goto(f"{stack.url}/chuong")
        known = next(row for row in registrations if row["scopeURL"].endswith(scope))
        message = {"origin": stack.url, "registrationId": known["registrationId"], "data": pushed}
        devtools.send("ServiceWorker.deliverPushMessage", message)
        notice = ["Có vụ khẩn cấp ở đơn vị", "Mở bàn trực để nhận."]
        wait_until(lambda: notice in page.evaluate(SHOWN, scope), why="shown")
        worker = next(worker for worker in page.context.service_workers if "/chuong/" in worker.url)
        worker.evaluate(TAP)
        wait_until(lambda: Case.objects.get().assignee_id == here.pk, why="taken by a tap on the notice")
        wait_until(lambda: ["Bạn đã nhận vụ việc.", ""] in page.evaluate(SHOWN, scope), why="confirmed")


def test_a_report_from_a_phone_takes_four_taps_and_is_followed_to_its_end(
    real_db: None, tmp_path: Path, officer: Any, browser: Any
) -> None:
    duty = officer("OFFICER", "18568")
    with run_processes(tmp_path) as stack:
        wait_until(lambda: "Báo tin" in open_story_page(stack), why="pages")
        phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False).new_page()
        phone.goto(f"{stack.url}/")
        phone.get_by_role("link", name=re.compile("Báo tin")).first.click()  # tap 1
        phone.locator("textarea[name=text]").click()  # tap 2
        phone.keyboard.type("Mất xe máy Wave ở thị trấn Lộc Hà tối qua")
        phone.get_by_role("button", name="Gửi").click()  # tap 3
        phone.wait_for_url("**/da-gui/*")
        assert "Đã nhận tin" in phone.inner_text("body")
        phone.get_by_role("link", name=re.compile("theo dõi")).first.click()
        link = phone.url
        case = Case.objects.get()
        assert case.unit_id == duty.unit_id
        desk = _sign_in(browser, stack, duty, width=390, height=844)
        desk.goto(f"{stack.url}/vu-viec/{case.code}")
        desk.fill("textarea[name=text]", "Xe của bạn màu gì?")
        desk.get_by_role("button", name=re.compile("Gửi câu hỏi")).click()
        wait_until(lambda: Case.objects.get().state == "WAITING", why="asked")
        phone.goto(link)
        assert "Xe của bạn màu gì?" in phone.inner_text("body")
        assert duty.name not in phone.inner_text("body")
        phone.fill("textarea[name=text]", "Màu xanh, biển 38N1-234.56")
        phone.get_by_role("button", name=re.compile("Gửi")).first.click()
        wait_until(lambda: Case.objects.get().state == "WORKING", why="the answer came into the same case")
        assert Case.objects.count() == 1 and Report.objects.count() == 1
        assert phone.goto(link[:-3] + "xyz").status == 404


def test_the_story_plays_before_a_desk_and_ends_in_the_ledger(
    real_db: None, tmp_path: Path, officer: Any, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view of the whole province: one desk gets the alarm and takes the case, the others work, staff reads the
    results.
    """
    chiefs = {commune: officer("CHIEF", commune) for commune in ("18568", "18406", "18652", "18586")}
    officer("PROVINCE_DUTY", "42")
    staff = officer("PROVINCE_STAFF", "42")
    with run_processes(tmp_path) as stack, ThreadPoolExecutor(1) as beside:
        wait_until(lambda: "Báo tin" in open_story_page(stack), why="pages")
        desk, province = _sign_in(browser, stack, chiefs["18568"]), _sign_in(browser, stack, staff)
        taken, act = Event(), played._act_as_officer
        monkeypatch.setattr(played, "_act_as_officer", lambda *arguments: taken.wait(30) and act(*arguments))
        story = beside.submit(play_scenario, stack)
        try:
            desk.get_by_role("button", name=re.compile("Tắt chuông.*Phú Mậu")).click(timeout=20_000)
            desk.get_by_role("link", name=re.compile("Phú Mậu")).first.click()
            wait_until(
                lambda: Case.objects.get(category="violence").assignee_id == chiefs["18568"].pk, 5, "taken by a click"
            )
        finally:
            taken.set()
        assert story.result(90) == 0
        ended = [line for line in played.STORY if line.end]
        in_registers = 5  # the wallet, the gun, the stopped fraud, the helped household, the theft at its investigators
        counted = len(ended) + in_registers - 1  # the private message about the group's tip belongs to that tip
        valuable = [line for line in ended if line.end.grade]
        lines = {
            "Nhóm cấp xã, phường": 2,
            "Nhóm thôn, tổ dân phố": 1,
            "Việc khẩn cấp": 2,
            "Tin báo, phản ánh đã nhận": counted + 1,
            "Tin có giá trị": len(valuable) + 1,  # the theft
            "Kiến nghị, phản ánh đã tiếp nhận": 1,
            "Vụ việc đã xong": counted,
        }
        wait_until(lambda: read_ledger(province, stack, lines) == lines, why="the ledger counts the played cases")
        province.get_by_role("row", name="Vụ việc đã xong").get_by_role("link").click()
        province.locator("tbody tr").nth(counted - 1).wait_for()
        assert province.locator("tbody tr").count() == counted
        desk.goto(f"{stack.url}/ket-qua/valuable-tips")
        rows = desk.locator("tbody tr")
        assert rows.count() == 2, "the fight and the lost boy: of Lộc Hà alone"
        rows.filter(has_text="Phú Mậu").get_by_role("link").click()
        desk.get_by_text("giữ 3 đối tượng, thu 2 con dao").first.wait_for()


def play_scenario(stack: ProcessHarness) -> int:
    """Play in a thread whose connection no other code closes."""
    try:
        return played.play_story(emulator_url=stack.zalo, speed=1000, report=lambda _: None)
    finally:
        connection.close()


def read_ledger(page: Any, stack: ProcessHarness, wanted: Iterable[str]) -> dict[str, int]:
    page.goto(f"{stack.url}/ket-qua")
    shown = {label: page.get_by_role("row", name=label).locator(".ledger-n").inner_text() for label in wanted}
    return {label: int(number.replace(".", "")) for label, number in shown.items()}


def open_story_page(stack: ProcessHarness) -> str:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(stack.url, timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def test_the_other_language_keeps_words_place_and_photos(real_db: None, browser: Any, tmp_path: Path) -> None:
    """With script, earlier choices are kept after the language changes."""
    with run_processes(tmp_path) as stack:
        wait_until(lambda: "Báo tin" in open_story_page(stack), why="pages")
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            permissions=["geolocation"],
            geolocation={"latitude": 18.43, "longitude": 105.87},
        )
        page = context.new_page()
        page.goto(f"{stack.url}/bao-tin", wait_until="load")
        transferred = page.evaluate("performance.getEntries().reduce((sum, e) => sum + (e.transferSize ?? 0), 0)")
        assert 10_000 < transferred < 100_000, "the first load of the form"
        page.fill("#id_text", FIGHT)
        page.get_by_role("button", name="Dùng vị trí của tôi").click()
        page.get_by_text("Sẽ gửi kèm vị trí").wait_for()
        photos = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": bytes([n]) * 9} for n in range(2)]
        page.locator("#id_photos").set_input_files(photos)
        page.locator("header").get_by_role("button", name="English").click()
        page.get_by_text("What is happening?").wait_for()
        page.get_by_text("Your location will be sent").wait_for()
        assert page.input_value("#id_text") == FIGHT
        assert page.locator("[data-lat]").input_value().startswith("18.43")
        assert page.evaluate("document.querySelector('#id_photos').files.length") == 2
        assert page.locator("[data-previews] figure").count() == 2
        page.get_by_role("button", name="Remove photo 1").click()
        assert page.evaluate("document.querySelector('#id_photos').files.length") == 1
        assert page.locator("[data-theme-name]").inner_text().startswith("Theme:"), "the new page's buttons work"
        page.locator("header").get_by_role("button", name="Tiếng Việt").click()
        page.get_by_text("Chuyện gì đang xảy ra?").wait_for()
        assert page.input_value("#id_text") == FIGHT
        page.get_by_role("button", name="Bỏ ảnh 1").click()
        page.locator("#id_place").press("Enter")  # submits as before: Enter does not trigger the language link
        page.wait_for_url("**/da-gui/*")
        page.locator("header").get_by_role("link", name="English").click()
        page.locator("main a[href*='/theo-doi/']").first.click()
        page.get_by_text("Translated; the original is in Vietnamese").first.wait_for()
        context.close()
