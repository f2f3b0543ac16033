"""The scripts in a real browser under the real content security policy: alarm, live queue, keyboard, drafts, double
tap."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.contrib.staticfiles import finders

from binhyen.ui.tests.samples import ALARMS, CASE, RINGING, ROWS
from binhyen.ui.tests.stage import StageServer, open_stage
from tests.crawl import read_axe

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
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


def wait_until(page: Any, script: str, *, seconds: float = 10) -> None:
    """Wait until the script is true. The browser driver's own wait needs `eval`, which our content security policy
    forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < end, f"never true: {script}"
        page.wait_for_timeout(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def stage() -> Iterator[StageServer]:
    with open_stage() as made:
        yield made


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """Open a page at desk width; a script error or a refused resource fails the test."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    context.close()
    assert problems == []


def test_the_queue_refreshes_itself_and_the_alarm_flashes_until_it_is_quiet(stage: StageServer, tab: Any) -> None:
    stage.desk |= {"alarms": [], "rows": ROWS[1:]}
    tab.goto(stage.url("desk"))
    tab.get_by_text("Trực tiếp", exact=True).wait_for()
    assert tab.get_by_text(ROWS[0]["title"]).count() == 0
    stage.desk |= {"alarms": ALARMS[:1], "ringing": {"count": 1, "free": 1, "shown": 1, "updated": 0}, "rows": ROWS}
    stage.send(name="alarm", row=1, data='"case": "LH-7K3M", "version": 1')
    tab.locator('[data-alarm="LH-7K3M"]').wait_for()
    tab.get_by_text(ROWS[0]["title"]).wait_for()
    wait_until(tab, "document.title.includes('1 VỤ KHẨN CẤP')")
    stage.desk |= {"alarms": []}
    stage.send(name="quiet", row=2, data='"case": "LH-7K3M", "version": 2')
    tab.locator('[data-alarm="LH-7K3M"]').wait_for(state="detached")
    wait_until(tab, "document.title.startsWith('Bàn trực')")


def test_every_other_page_shows_the_alarm_strip_until_acknowledged(stage: StageServer, tab: Any) -> None:
    stage.set_counts()
    tab.goto(stage.url("search"))
    strip, number = tab.locator("[data-strip]"), tab.locator(".nav-bar .nav-n")
    assert not strip.is_visible()
    stage.set_counts("LH-7K3M", "LH-7K2P", nhom=4)
    for row, code in enumerate(("LH-7K3M", "LH-7K2P", "LH-7K2P", "LH-7K2P"), start=1):
        stage.send(name="alarm", row=row, data=f'"case": "{code}", "version": {row}')
    strip.get_by_role("alert").filter(has_text="cần xem ngay").wait_for()
    number.get_by_text("4", exact=True).wait_for()
    assert number.first.inner_text() == "2" and "hot" in number.first.get_attribute("class")
    wait_until(tab, "document.title.includes('2 VỤ KHẨN CẤP')")
    assert stage.asked.count("/so-viec") == 1, "a burst is one request"
    assert strip.get_by_role("link", name="Mở bàn trực").get_attribute("href") == "/ban-truc"
    bell = strip.locator("[data-sound]")
    bell.click()
    wait_until(tab, "document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'")
    stage.set_counts()
    for row, code in ((5, "LH-7K3M"), (6, "LH-7K2P")):
        stage.send(name="quiet", row=row, data=f'"case": "{code}", "version": 5')
    strip.wait_for(state="hidden")
    number.first.wait_for(state="hidden")
    wait_until(tab, "!document.title.includes('⚠')")


def test_a_silently_removed_alarm_disappears_with_the_counts(stage: StageServer, tab: Any) -> None:
    """Transferred to another unit or restricted: no «quiet» event is sent then."""
    stage.set_counts("LH-7K3M")
    tab.goto(stage.url("search"))
    strip = tab.locator("[data-strip]")
    strip.wait_for()  # as rendered
    wait_until(tab, "document.title.includes('1 VỤ KHẨN CẤP')")
    stage.set_counts()
    stage.send(name="case", row=1, data='"case": "LH-7K3M", "version": 3')
    strip.wait_for(state="hidden")
    asked = stage.asked.count("/so-viec")
    stage.send(name="case", row=2, data='"case": "LH-7K3M", "version": 4')
    stage.set_counts(nhom=7)
    stage.send(name="flag", row=3, data='"group": "g", "settled": false')
    tab.locator(".nav-bar .nav-n").get_by_text("7", exact=True).wait_for()
    assert stage.asked.count("/so-viec") == asked + 1, "an ordinary change of a case requests nothing"


def test_the_alarm_sounds_after_a_gesture_and_can_be_muted(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("desk"))
    bell = tab.locator("[data-sound]")
    assert bell.get_attribute("aria-pressed") == "false"
    bell.click()
    wait_until(tab, "document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'")
    bell.click()
    assert bell.get_attribute("aria-pressed") == "false"


HEARD = """
window.tones = 0;
window.AudioContext = class {
  state = "suspended"; currentTime = 0; destination = {};
  resume() { if (!window.lets) return new Promise(() => {}); this.state = "running"; return Promise.resolve(); }
  createGain() {
    return { gain: { setValueAtTime() {}, linearRampToValueAtTime() {} }, connect: (next) => next };
  }
  createOscillator() { window.tones += 1; return { frequency: {}, connect: (next) => next, start() {}, stop() {} }; }
};
"""
READY = "if (wanted()) ready();"
ON = "document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'"


def open_untouched_desk(stage: StageServer, tab: Any, *, lets: bool, script: str = "") -> None:
    """Open a desk with an alarm and no user gesture, in a browser that counts tones. `lets`: sound without a gesture;
    `script`: replacement for live.js."""
    stage.desk |= {"alarms": ALARMS[:1]}
    tab.clock.install()
    tab.add_init_script(f"window.lets = {str(lets).lower()};{HEARD}")
    if script:
        tab.route("**/live*.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    tab.goto(stage.url("desk"))
    tab.get_by_text("Trực tiếp", exact=True).wait_for()
    tab.clock.run_for(7_000)


def test_an_untouched_desk_sounds_until_acknowledged(stage: StageServer, tab: Any) -> None:
    open_untouched_desk(stage, tab, lets=True)
    assert tab.evaluate("tones") >= 6 and tab.evaluate(ON)
    stage.desk |= {"alarms": []}
    stage.send(name="quiet", row=1, data='"case": "LH-7K3M", "version": 2')
    tab.locator("[data-alarm]").wait_for(state="detached")
    tones = tab.evaluate("tones")
    tab.clock.run_for(20_000)
    assert tab.evaluate("tones") == tones


def test_control_an_alarm_that_waits_for_a_gesture_is_silent(stage: StageServer, tab: Any) -> None:
    script = Path(str(finders.find("ui/js/live.js"))).read_text()
    assert script.count(READY) == 1
    open_untouched_desk(stage, tab, lets=True, script=script.replace(READY, ""))
    assert tab.evaluate("tones") == 0


def test_where_the_browser_blocks_sound_the_button_says_so_and_a_key_arms_it(stage: StageServer, tab: Any) -> None:
    open_untouched_desk(stage, tab, lets=False)
    assert tab.evaluate("tones") == 0 and not tab.evaluate(ON)
    assert tab.locator("[data-sound]").get_by_text("Bật chuông").is_visible()
    tab.evaluate("window.lets = true")
    tab.keyboard.press("j")
    wait_until(tab, ON)
    tab.clock.run_for(4_000)
    assert tab.evaluate("tones") >= 3


def test_a_muted_desk_makes_no_sound(stage: StageServer, tab: Any) -> None:
    tab.add_init_script("localStorage.setItem('sound', 'off')")
    open_untouched_desk(stage, tab, lets=True)
    assert tab.evaluate("tones") == 0 and not tab.evaluate(ON)
    bar = tab.get_by_role("button", name="Chuông đang tắt, có vụ khẩn cấp.")
    assert bar.evaluate("bar => [getComputedStyle(bar).position, bar.offsetWidth]") == ["fixed", DESK["width"]]
    bar.click()
    wait_until(tab, ON)
    bar.wait_for(state="hidden")


def test_a_dropped_stream_is_reported_resumes_and_shows_nothing_twice(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("case"))
    code = tab.locator("[data-case]").get_attribute("data-case")
    stage.send(name="case", row=7, data=f'"case": "{code}", "version": 9')
    tab.locator("[data-case-changed]").wait_for()
    stage.drop_stream()
    end = time.monotonic() + 10
    while len(stage.resumed_from) < 2 and time.monotonic() < end:
        tab.wait_for_timeout(20)
    assert stage.resumed_from == ["", "e.7"]


def test_a_case_changed_by_a_colleague_is_announced_but_not_my_own_version(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("case"))
    note = tab.locator("[data-case-changed]")
    code = tab.locator("[data-case]").get_attribute("data-case")
    stage.send(name="case", row=1, data=f'"case": "{code}", "version": 4')
    stage.send(name="case", row=2, data='"case": "another", "version": 99')
    stage.send(name="case", row=3, data=f'"case": "{code}", "version": 5')
    note.wait_for()
    tab.locator("[data-reply]").fill("Đang viết dở")
    note.get_by_role("link").click()
    note.wait_for(state="hidden")  # the fragment was swapped in; the text being written stayed
    assert tab.locator("[data-reply]").input_value() == "Đang viết dở"
    assert "/vu-viec/LH-7K3M" in stage.asked


def test_the_whole_queue_by_keyboard(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("desk"))
    focused = "document.activeElement.closest('[data-row],[data-alarm]')?.matches('{}')"
    tab.keyboard.press("j")
    assert tab.evaluate(focused.format('[data-alarm="LH-7K3M"]'))
    for _ in range(RINGING):
        tab.keyboard.press("j")
    assert tab.evaluate(focused.format('[data-row="LH-7K2P"]'))
    stage.desk |= {"rows": [{**ROWS[0], "assignee": "Nguyễn Thị Hằng"}, *ROWS[1:]]}
    tab.keyboard.press("t")
    tab.locator('[data-row="LH-7K2P"]', has_text="Nguyễn Thị Hằng").wait_for()
    assert stage.posted[-1][0] == "/vu-viec/LH-7K2P/nhan-viec"
    wait_until(tab, focused.format('[data-row="LH-7K2P"]'))  # the scroll position is restored after the swap
    for _ in range(RINGING):
        tab.keyboard.press("k")
    stage.desk |= {"alarms": ALARMS[1:]}
    tab.keyboard.press("a")
    tab.locator('[data-alarm="LH-7K3M"]').wait_for(state="detached")
    assert stage.posted[-1][0] == "/vu-viec/LH-7K3M/da-nhan"
    tab.keyboard.press("?")
    assert tab.locator("dialog[open]").is_visible()
    tab.keyboard.press("Escape")
    tab.keyboard.press("/")
    tab.keyboard.type("jat?")
    assert tab.locator("[data-search]").input_value() == "jat?"  # no shortcut while typing
    tab.keyboard.press("Escape")
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/vu-viec/*")


def test_a_key_silences_only_the_selected_alarm(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("desk"))
    tab.keyboard.press("a")
    for _ in range(RINGING + 1):
        tab.keyboard.press("j")
    selected = "document.activeElement.closest('[data-row]')?.dataset.row"
    assert tab.evaluate(selected) == ROWS[0]["id"]
    tab.keyboard.press("a")
    tab.keyboard.press("j")
    wait_until(tab, f"{selected} === '{ROWS[1]['id']}'")
    assert stage.posted == [], "nothing was clicked on a case whose alarm is elsewhere"


def test_back_from_a_case_its_row_is_selected_and_the_next_opens_by_a_key(stage: StageServer, tab: Any) -> None:
    opened, other = ROWS[0] | {"id": CASE["id"], "url": "/case"}, ROWS[1] | {"url": "/messages"}
    stage.desk |= {"alarms": [], "rows": [ROWS[2], opened, other]}
    tab.goto(stage.url("desk"))
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("o")
    tab.wait_for_url("**/case")
    for key, field in (("s", "trang-thai"), ("g", "giao"), ("x", "ket-qua")):
        tab.keyboard.press(key)
        assert tab.evaluate("document.activeElement.id") == field and tab.locator(f"#{field}").is_visible()
        tab.keyboard.press("Escape")  # leaves the select: the next key is a shortcut again
    tab.keyboard.press("j")
    tab.wait_for_url("**/messages")
    tab.goto(stage.url("desk"))
    assert tab.evaluate("document.activeElement.closest('[data-row]')?.dataset.row") == CASE["id"]
    tab.reload()
    assert tab.evaluate("document.activeElement === document.body"), "once: a new visit begins at the top"


def test_messages_are_selected_by_key_and_none_becomes_a_case_unasked(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("messages"))
    tab.keyboard.press("j")
    row = "document.activeElement.matches('.message-row')"
    assert tab.evaluate(row)
    tab.keyboard.press("j")
    tab.keyboard.press("k")
    assert tab.evaluate(f"{row} && document.activeElement === document.querySelector('.message-row')")
    assert stage.posted == []
    tab.get_by_label("Chọn hết").check()
    tab.get_by_label("Gắn tin đã đánh dấu vào vụ").select_option("LH-7K3M")  # picked, not typed
    tab.get_by_role("button", name="Gắn", exact=True).first.click()
    tab.wait_for_url("**/tin-nhan/chon")
    path, body = stage.posted[-1]
    assert path == "/tin-nhan/chon" and b"case=LH-7K3M" in body and body.count(b"message=") > 1
    tab.goto(stage.url("messages"))
    tab.locator("summary", has_text="Gắn vào vụ").nth(1).click()
    tab.get_by_role("button", name="Trộm xe máy").click()  # suggested
    tab.wait_for_url("**/a")
    assert b"case=LH-7K2P" in stage.posted[-1][1]


def test_reply_key_and_draft_survive_a_reload(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("case"))
    tab.keyboard.press("r")
    tab.keyboard.type("Công an xã đang tới")
    wait_until(tab, "localStorage.length === 1")
    tab.reload()
    assert tab.locator("[data-reply]").input_value() == "Công an xã đang tới"
    tab.locator("[data-reply]").press("End")
    for name in ("Đã tới nơi", "Hỏi chỗ", "Hỏi chỗ"):  # joined by a space; pressed twice, it stands once
        tab.get_by_role("button", name=name).click()
    first, second = (answer["text"] for answer in CASE["answers"])
    assert tab.locator("[data-reply]").input_value() == f"Công an xã đang tới {first} {second}"


def test_a_key_saves_a_note_and_never_sends_an_answer(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("case"))
    tab.keyboard.press("r")
    tab.keyboard.type("Công an xã đang tới")
    tab.keyboard.press("Control+Enter")
    tab.locator("[data-reply]").blur()
    tab.keyboard.press("n")
    tab.keyboard.type("Gọi tổ trưởng")
    with tab.expect_navigation():
        tab.keyboard.press("Control+Enter")
    [(path, body)] = stage.posted
    sent = unquote_plus(body.decode())
    assert path == CASE["urls"]["note"] and "Gọi tổ trưởng" in sent and "đang tới" not in sent


def test_a_report_in_four_taps_sent_once_and_its_draft_cleared(stage: StageServer, tab: Any) -> None:
    tab.set_viewport_size(PHONE)
    tab.goto(stage.url("home"))
    tab.goto(stage.url("report"))  # tap 1: «Báo tin»
    tab.locator("#id_text").click()  # tap 2
    tab.keyboard.type("Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu")
    send = tab.get_by_role("button", name="Gửi")
    box = send.bounding_box()
    assert box["y"] + box["height"] <= PHONE["height"]  # visible without scrolling
    wait_until(tab, "localStorage.length === 1")
    send.dblclick()  # tap 3, a nervous double tap
    tab.get_by_text("Đã nhận tin của bạn").wait_for()
    assert len(stage.posted) == 1
    # the page's script runs after its text is there; the device remembers the link, and no word of the report
    wait_until(tab, "JSON.stringify(Object.keys(localStorage)) === '[\"own-reports\"]'")
    assert "TDP" not in tab.evaluate("localStorage['own-reports']")


def test_photos_are_shown_and_can_be_removed(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("report"))
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
        "a5f645400000000049454e44ae426082"
    )
    files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": dot + bytes([n])} for n in range(7)]
    tab.locator("#id_photos").set_input_files(files)
    assert tab.locator("[data-previews] figure").count() == 5
    assert "Chỉ giữ 5 tệp đầu." in tab.locator("[data-previews]").inner_text()
    tab.get_by_role("button", name="Bỏ ảnh 1").click()
    assert tab.evaluate("document.querySelector('#id_photos').files.length") == 4


def test_theme_is_chosen_and_stored(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("report"))
    toggle = tab.locator("[data-theme-toggle]")
    toggle.click()
    toggle.click()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    tab.reload()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 22, 20)"


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}, DESK])
@pytest.mark.parametrize("screen", ["report-error", "status", "desk", "case-alarm", "messages", "outbox", "ledger"])
def test_nothing_is_wider_than_the_screen_and_targets_are_big(
    stage: StageServer, tab: Any, screen: str, size: Any
) -> None:
    tab.set_viewport_size(size)
    tab.goto(stage.url(screen))
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    small = tab.evaluate(
        """() => [...document.querySelectorAll('button, .btn, .tab, select, .input, summary, .call')]
        .filter(e => e.checkVisibility() && !e.matches('.link-btn') && !e.closest('.sr'))
        .filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


@pytest.mark.parametrize("screen", ["case-alarm", "ledger", "behind"])
def test_printed_pages_have_texts_and_no_controls(stage: StageServer, tab: Any, screen: str) -> None:
    tab.goto(stage.url(screen))
    words = "main h1, main .bubble p, main td"
    shown = tab.locator(words).filter(visible=True).count()
    tab.emulate_media(media="print")
    assert tab.locator(words).filter(visible=True).count() == shown > 0
    assert tab.locator("button, nav, footer, textarea, .btn").filter(visible=True).count() == 0
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_everything_is_there_with_script_off(stage: StageServer, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(stage.url("report"))
    page.locator("#id_text").fill("Mất xe ở chợ Nghèn")
    page.get_by_role("button", name="Gửi").click()
    page.get_by_text("Đã nhận tin của bạn").wait_for()
    page.goto(stage.url("desk"))
    page.locator("[data-acknowledge]").first.click()
    page.wait_for_url("**/vu-viec/LH-7K3M/da-nhan")
    assert stage.posted[-1][0] == "/vu-viec/LH-7K3M/da-nhan"
    context.close()


def replace_speech(tab: Any, language: str) -> None:
    """Replace the browser's voice, which headless Chromium lacks, by one that records its texts in `spoken`."""
    tab.add_init_script(
        f"""window.spoken = [];
        const speech = {{getVoices: () => [{{lang: '{language}'}}], cancel: () => spoken.push('cancel'),
          speak: (part) => spoken.push(part.text), addEventListener: () => {{}}}};
        Object.defineProperty(window, 'speechSynthesis', {{get: () => speech}});
        window.SpeechSynthesisUtterance = class extends EventTarget {{
          constructor(text) {{ super(); this.text = text; }}}};"""
    )


def test_a_board_is_read_aloud_and_stops(stage: StageServer, tab: Any) -> None:
    replace_speech(tab, "vi-VN")
    tab.goto(stage.url("found-board"))
    tab.get_by_role("button", name="Nghe đọc").click()
    spoken = tab.evaluate("spoken")
    assert spoken[0] == "cancel" and len(spoken) == 3 and "Pierre Cardin" in spoken[1], spoken
    tab.get_by_role("button", name="Dừng đọc").click()
    assert tab.evaluate("spoken.length") == 4 and tab.get_by_role("button", name="Nghe đọc").is_visible()


def test_control_without_a_vietnamese_voice_there_is_no_button(stage: StageServer, tab: Any) -> None:
    replace_speech(tab, "en-GB")
    tab.goto(stage.url("found-board"))
    assert tab.get_by_role("button", name="Nghe đọc").count() == 0


def test_date_time_and_file_fields_are_vietnamese_in_an_english_browser(stage: StageServer, browser: Any) -> None:
    page = browser.new_context(viewport=PHONE, locale="en-US").new_page()
    page.goto(stage.url("missing-entry"))
    moment = page.locator("input#luc")
    sync_api.expect(moment).to_have_attribute("placeholder", "ngày/tháng/năm giờ:phút")
    moment.fill("31/02/2026 07:30")
    assert moment.evaluate("field => field.validationMessage") == "Viết như 25/11/2026 07:30."
    moment.fill("05/03/2026 7h30")
    assert page.locator("input[type=hidden][name=seen_at]").input_value() == "2026-03-05T07:30", "for the server"
    sync_api.expect(page.locator("main")).to_contain_text("Chưa chọn tệp nào")
    page.context.close()


def test_large_forms_open_in_the_wide_column_and_as_a_sheet_on_a_phone(stage: StageServer, tab: Any) -> None:
    for size, fits in ((DESK, lambda box: box["width"] > 500), (PHONE, lambda box: box["width"] == PHONE["width"])):
        tab.set_viewport_size(size)
        tab.goto(stage.url("case"))
        for name in ("Kết thúc với kết quả", "Giao cho người khác", "Thêm ảnh, tệp, chứng cứ"):
            fold = tab.locator("details.fold-wide", has_text=name).first
            fold.locator("> summary").click()
            field = fold.locator(".input").first
            sync_api.expect(field).to_be_visible()
            box = fold.bounding_box()
            assert fits(box) and (size == DESK or box["y"] + box["height"] == PHONE["height"]), box
            fold.locator("> summary").click()
            sync_api.expect(field).to_be_hidden()


def test_a_chart_opens_at_its_newest_step(stage: StageServer, tab: Any) -> None:
    for size in (PHONE, DESK):
        tab.set_viewport_size(size)
        tab.goto(stage.url("dashboard"))
        box, bars = tab.locator(".chart-box").bounding_box(), tab.locator(".chart rect.s0")
        last = bars.last.bounding_box()
        assert box["x"] < last["x"] and last["x"] + last["width"] <= box["x"] + box["width"], size
    chart = tab.locator(".chart").bounding_box()
    assert chart["x"] - box["x"] < 2, "on a desk it begins at the left"


def test_pages_of_operator_inspector_and_custodian_begin_with_what_to_do(stage: StageServer, tab: Any) -> None:
    tab.set_viewport_size(PHONE)
    for screen, first, advice in (
        ("system-status", "Sao lưu", "./dev backup binhyen.age"),
        ("book", "Việc tiếp theo", "Sự cố dữ liệu sắp hoặc đã quá 72 giờ"),
        ("custody-open", "Giữ kín", "Bạn giữ phần khóa số"),
    ):
        tab.goto(stage.url(screen))
        main = tab.locator("main")
        assert main.get_by_text(first).first.bounding_box()["y"] < PHONE["height"], screen
        sync_api.expect(main.get_by_text(advice).first).to_be_visible()
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen


def test_axe_finds_nothing_on_the_pages_used_most(stage: StageServer, browser: Any) -> None:
    """The other pages: `./dev crawl`."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    for screen in ("home", "report-error", "status", "sign-in", "desk", "case-alarm", "messages", "custody-open"):
        page.goto(stage.url(screen))
        page.evaluate(read_axe())
        run = "axe.run({resultTypes: ['violations']}).then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))"
        assert page.evaluate(run) == [], screen
    context.close()
