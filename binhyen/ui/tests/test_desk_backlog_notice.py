"""An open desk shows that incoming messages are not being processed, for as long as that lasts."""

from typing import Any

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import browser, pytestmark, stage, tab

__all__ = ["browser", "pytestmark", "stage", "tab"]
HIDE = "document.querySelector('[data-behind]').hidden = true"


def test_it_is_shown_while_it_lasts(stage: StageServer, tab: Any) -> None:
    tab.clock.install()
    tab.goto(stage.url("desk"))
    tab.get_by_text("Trực tiếp", exact=True).wait_for()
    note = tab.get_by_text("Tin gửi tới đã chờ hơn một phút mà máy chưa đọc")
    assert not note.is_visible()
    stage.send(name="behind", row=1, data='"type": "behind"')
    note.wait_for()
    tab.clock.run_for(50_000)
    tab.evaluate(HIDE)
    stage.send(name="behind", row=2, data='"type": "behind"')
    note.wait_for()
    tab.clock.run_for(50_000)
    assert note.is_visible(), "it was sent again meanwhile"
    tab.clock.run_for(61_000)
    assert not note.is_visible()
