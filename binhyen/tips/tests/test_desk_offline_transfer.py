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
from binhyen.tips.tests.page import TAG, TEXT, make_picture, read_receipt, submit_tip
from binhyen.vault import envelopes, key_wrapping
from binhyen.vault.offline import airgapped, bundles, commands
from binhyen.vault.services import SealedFile, disclosure, key_rotation, offline_transfer
from binhyen.vault.signing import get_verify_key
from binhyen.vault.tests.people import CHEAP, PASSPHRASE, create_custodians

pytestmark = pytest.mark.django_db


class TransferScene:
    """A handler whose key never reaches the server, a tip with one picture."""

    def __init__(self, client: Client, officer: Callable[..., Any], folder: Path) -> None:
        self.now, self.folder, self.pair = clock.now(), folder, envelopes.generate_key_pair()
        self.handler = officer("PROVINCE_DUTY", "42")
        self.custodians = create_custodians(officer, self.now)
        text = bundles.format_public_key(self.pair.private, self.pair.public.raw, get_verify_key(self.pair.private))
        offline_transfer.import_public_key(officer=self.handler, key=bundles.parse_public_key(text), now=self.now)
        key_rotation.rotate_group_key("TIPS", actor="t", now=self.now)
        self.sent = make_picture().read()
        read_receipt(submit_tip(client, photos=make_picture()))
        self.tip = Tip.objects.get()
        wrapped = key_wrapping.wrap_private_key(
            self.pair.private, passphrase=PASSPHRASE, context="binhyen station key", cost=CHEAP
        )
        (folder / "h.key").write_bytes(wrapped)

    def run_station(self, *words: str) -> int:
        return commands.main([str(self.folder / word) if "." in word else word for word in words])

    def request_file(self) -> Any:
        (file,) = TipDesk().list_files(str(self.tip.public_id))
        return disclosure.request_disclosure(
            officer=self.handler,
            reporter_id=None,
            subject=f"tip:{self.tip.public_id}",
            why="INQUIRY",
            hours=4,
            reason="Cần nơi chụp để xác minh, hỏi bằng mã chưa đủ.",
            now=self.now,
            file=SealedFile(file.original, file.original_context, file.original_lock or 0),
        )

    def carry(self, asked: Any) -> bundles.Bundle:
        custodian = self.custodians[0][0]
        bundle = offline_transfer.export_request(opening_id=str(asked.public_id), officer=custodian, now=self.now)
        (self.folder / "goi.json").write_text(bundles.format_bundle(bundle))
        return bundles.parse_bundle((self.folder / "goi.json").read_text())


@pytest.fixture
def carried(client: Client, officer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TransferScene:
    monkeypatch.setattr(commands, "getpass", lambda _: PASSPHRASE)
    return TransferScene(client, officer, tmp_path)


def test_a_handler_sees_texts_and_pictures_there(carried: TransferScene, capsys: pytest.CaptureFixture[str]) -> None:
    goi = carried.folder / "goi.json"
    call_command("custody", "export", f"tip/{carried.tip.public_id}", str(goi), "--as", carried.handler.username)
    assert TEXT not in goi.read_text() and "không mang theo" not in goi.read_text()
    assert carried.run_station("words", "goi.json", "--key", "h.key") == 0
    assert TEXT in capsys.readouterr().out
    shown = (carried.folder / "goi.1.jpg").read_bytes()
    assert shown[:2] == b"\xff\xd8" and TAG not in shown, "the preview that the desk shows"
    assert carried.run_station("words", "goi.json", "--key", "h.key") == 1, "nothing is written over"


def test_the_original_is_opened_there_by_two_for_the_requester(
    carried: TransferScene, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = carried.carry(carried.request_file())
    answer = airgapped.approve_bundle(bundle, carried.custodians[0][2])
    (carried.folder / "tra.json").write_text(bundles.format_answer_file(answer))
    read = ("read", "goi.json", "tra.json", "--key", "h.key")
    assert carried.run_station(*read) == 1 and not (carried.folder / "goi.1.bin").exists(), (
        "one share alone yields noise"
    )
    answer = airgapped.approve_bundle(bundle, carried.custodians[1][2], earlier_answer=answer)
    (carried.folder / "tra.json").write_text(bundles.format_answer_file(answer))
    assert carried.run_station(*read) == 0 and "goi.1.bin" in capsys.readouterr().out
    assert (carried.folder / "goi.1.bin").read_bytes() == carried.sent and TAG in carried.sent


def test_missing_items_are_reported(carried: TransferScene, settings: Any) -> None:
    """A picture lost with a disk; a request for a deleted file transfers nothing."""
    asked = carried.request_file()
    settings.FILES_ROOT = carried.folder / "elsewhere"
    goi = carried.folder / "goi.json"
    call_command("custody", "export", f"tip/{carried.tip.public_id}", str(goi), "--as", carried.handler.username)
    bundle = bundles.parse_bundle(goi.read_text())
    assert bundle.files == [] and bundle.facts["Ảnh, tệp không mang theo"].startswith("1 ")
    with pytest.raises(CommandError, match="đã được xóa"):
        call_command(
            "custody", "export", str(asked.public_id), str(goi) + "2", "--as", carried.custodians[0][0].username
        )
