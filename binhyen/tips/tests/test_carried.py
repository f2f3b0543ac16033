"""Offline transfer of a tip to the isolated machine: with its pictures, and with the original file where two custodians
agreed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from binhyen.kit import clock
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Tip
from binhyen.tips.tests.page import TAG, TEXT, picture, receipt, tell
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.offline import airgapped, bundles, commands
from binhyen.vault.services import disclosure, key_rotation, offline_transfer
from binhyen.vault.services.encrypt import SealedFile
from binhyen.vault.signing import verify_key
from binhyen.vault.tests.people import CHEAP, PASSPHRASE, custodians

pytestmark = pytest.mark.django_db


class Carried:
    """A handler whose key never reaches the server, a tip with one picture."""

    def __init__(self, client: Client, officer: Callable[..., Any], folder: Path) -> None:
        self.now, self.folder, self.pair = clock.now(), folder, envelopes.new_pair()
        self.handler = officer("PROVINCE_DUTY", "42")
        self.custodians = custodians(officer, self.now)
        text = bundles.new_key_text(self.pair.private, self.pair.public.raw, verify_key(self.pair.private))
        offline_transfer.take_key(officer=self.handler, key=bundles.read_new_key(text), now=self.now)
        key_rotation.renew("TIPS", actor="t", now=self.now)
        self.sent = picture().read()
        receipt(tell(client, photos=picture()))
        self.tip = Tip.objects.get()
        kept = key_wrapping.wrap(self.pair.private, passphrase=PASSPHRASE, context="binhyen station key", cost=CHEAP)
        (folder / "h.key").write_bytes(kept)

    def station(self, *words: str) -> int:
        return commands.main([str(self.folder / word) if "." in word else word for word in words])

    def asks(self) -> Any:
        (file,) = TipDesk().files(str(self.tip.public_id))
        return disclosure.ask(
            officer=self.handler, reporter_id=None, subject=f"tip:{self.tip.public_id}", why="INQUIRY", hours=4,
            reason="Cần nơi chụp để xác minh, hỏi bằng mã chưa đủ.", now=self.now,
            file=SealedFile(file.original, file.original_context, file.original_lock or 0),
        )  # fmt: skip

    def carry(self, asked: Any) -> bundles.Bundle:
        custodian = self.custodians[0][0]
        found = offline_transfer.carry_opening(opening_id=str(asked.public_id), officer=custodian, now=self.now)
        (self.folder / "goi.json").write_text(bundles.bundle_text(found))
        return bundles.read_bundle((self.folder / "goi.json").read_text())


@pytest.fixture
def carried(client: Client, officer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carried:
    monkeypatch.setattr(commands, "getpass", lambda _: PASSPHRASE)
    return Carried(client, officer, tmp_path)


def test_a_handler_sees_words_and_pictures_there(carried: Carried, capsys: pytest.CaptureFixture[str]) -> None:
    goi = carried.folder / "goi.json"
    call_command("custody", "export", f"tip/{carried.tip.public_id}", str(goi), "--as", carried.handler.username)
    assert TEXT not in goi.read_text() and "không mang theo" not in goi.read_text()
    assert carried.station("words", "goi.json", "--key", "h.key") == 0
    assert TEXT in capsys.readouterr().out
    shown = (carried.folder / "goi.1.jpg").read_bytes()
    assert shown[:2] == b"\xff\xd8" and TAG not in shown, "the preview that the desk shows"
    assert carried.station("words", "goi.json", "--key", "h.key") == 1, "nothing is written over"


def test_the_file_as_it_came_is_opened_there_by_two_for_who_asked(
    carried: Carried, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = carried.carry(carried.asks())
    answer = airgapped.agree(bundle, carried.custodians[0][2])
    (carried.folder / "tra.json").write_text(bundles.answer_text(answer))
    read = ("read", "goi.json", "tra.json", "--key", "h.key")
    assert carried.station(*read) == 1 and not (carried.folder / "goi.1.bin").exists(), "one share alone yields noise"
    answer = airgapped.agree(bundle, carried.custodians[1][2], before=answer)
    (carried.folder / "tra.json").write_text(bundles.answer_text(answer))
    assert carried.station(*read) == 0 and "goi.1.bin" in capsys.readouterr().out
    assert (carried.folder / "goi.1.bin").read_bytes() == carried.sent and TAG in carried.sent


def test_what_does_not_come_along_is_said(carried: Carried, settings: Any) -> None:
    """A picture lost with a disk; a request for a deleted file transfers nothing."""
    asked = carried.asks()
    settings.FILES_ROOT = carried.folder / "elsewhere"
    goi = carried.folder / "goi.json"
    call_command("custody", "export", f"tip/{carried.tip.public_id}", str(goi), "--as", carried.handler.username)
    found = bundles.read_bundle(goi.read_text())
    assert found.files == [] and found.facts["Ảnh, tệp không mang theo"].startswith("1 ")
    with pytest.raises(CommandError, match="đã được xóa"):
        call_command(
            "custody", "export", str(asked.public_id), str(goi) + "2", "--as", carried.custodians[0][0].username
        )
