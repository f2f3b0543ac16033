"""Files that the server would refuse are left out before sending, with a message."""

from pathlib import Path
from typing import Any

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import PHONE, browser, pytestmark, stage

__all__ = ["browser", "pytestmark", "stage"]


def test_files_that_are_too_much_together_are_left_out(browser: Any, stage: StageServer, tmp_path: Path) -> None:
    for name, megabytes in (("a", 14), ("b", 12), ("c", 10)):
        (tmp_path / f"{name}.png").write_bytes(bytes(megabytes * 1024 * 1024))
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(stage.url("report"))
    page.locator("#id_photos").set_input_files(sorted(tmp_path.glob("*.png")))
    assert "Gộp lại quá 25 MB" in page.locator("[data-previews]").inner_text()
    remaining = page.evaluate("[...document.querySelector('#id_photos').files].map(file => file.name)")
    assert remaining == ["a.png", "c.png"]
    page.context.close()
