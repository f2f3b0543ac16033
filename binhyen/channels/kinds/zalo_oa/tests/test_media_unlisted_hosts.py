"""Files on hosts that are not allowed keep their URL, are shown to operators, and are fetched once
the host is allowed."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from binhyen.channels.kinds.zalo_oa.tests.lab import FakeZalo
from binhyen.channels.models import Attachment, Channel, Message
from binhyen.channels.services import media
from binhyen.channels.types import SendFailed
from binhyen.kit import clock
from binhyen.kit.ids import generate_code
from binhyen.vault.models import Reporter
from tests import rls

HOST = "f1.files-of-zalo.vn"


@pytest.fixture
def filed(oa: Channel, tmp_path: Any, settings: Any) -> Callable[..., Attachment]:
    settings.FILES_ROOT = tmp_path / "files"

    def make(url: str, *, age: dt.timedelta = dt.timedelta()) -> Attachment:
        moment = clock.now() - age
        message = Message.objects.create(
            channel=oa,
            reporter=Reporter.objects.create(created_at=moment),
            external_id=generate_code(),
            sent_at=moment,
            received_at=moment,
        )
        return Attachment.objects.create(message=message, kind="image", url=url)

    return make


def fetch_files(oa: Channel) -> int:
    with rls.acting_as("sender"):
        return media.fetch_waiting_files(channel_id=oa.pk)


def reload_attachment(row: Attachment) -> Attachment:
    row.refresh_from_db()
    return row


def read_operator_page(officer: Any) -> str:
    client = Client()
    client.force_login(officer("OPERATOR", "42"))
    return client.get("/hop-thu-di").content.decode()


@pytest.fixture
def elsewhere(zalo: FakeZalo) -> Iterator[str]:
    """Let the fake Zalo serve its files under another name and redirect from there to a third."""
    url = f"http://localhost:{zalo.port}"
    zalo.control("switches", {"media_url": url})
    yield url
    zalo.control("switches", {"media_url": "", "media_redirect": ""})


def send_photo(zalo: FakeZalo) -> str:
    zalo.control("setup", {"webhook_url": "http://127.0.0.1:9/"})
    zalo.control("say", {"citizen": zalo.get_citizen_id(), "photo": True})
    rows = zalo.control("webhooks?limit=20")["deliveries"]
    body = next(row["body"] for row in rows if "user_send_image" in row["event"])
    zalo.control("setup", {"webhook_url": ""})
    import json

    return str(json.loads(body)["message"]["attachments"][0]["payload"]["url"])


def test_its_url_is_stored_shown_and_fetched_once_allowed(
    oa: Channel, filed: Callable[..., Attachment], officer: Any
) -> None:
    row, gone = filed(f"https://{HOST}/a.jpg"), filed("http://127.0.0.1/a.jpg")
    for _ in range(2):
        assert fetch_files(oa) == 0
    assert (reload_attachment(row).state, row.url, row.unlisted_host) == ("UNLISTED", f"https://{HOST}/a.jpg", HOST)
    assert (reload_attachment(gone).state, gone.url) == ("REFUSED", ""), (
        "control: a host that cannot be allowed does not wait"
    )
    page = read_operator_page(officer)
    assert f"1 tệp chờ, máy chủ {HOST} chưa được phép" in page and f"allow_media_host {HOST}" in page
    call_command("allow_media_host", "files-of-zalo.vn", verbosity=0)
    assert reload_attachment(row).state == "WAITING" and row.url
    assert Channel.objects.get(pk=oa.pk).settings["media_hosts"] == ["files-of-zalo.vn"]
    assert HOST not in read_operator_page(officer)


def test_a_waiting_file_blocks_no_other(
    oa: Channel, zalo: FakeZalo, filed: Callable[..., Attachment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "FETCH_BATCH_SIZE", 1)
    filed(f"https://{HOST}/a.jpg")
    good = filed(send_photo(zalo))
    assert fetch_files(oa) == 1 and reload_attachment(good).state == "READY"


def test_the_fake_zalo_on_another_host_and_its_redirect(
    oa: Channel, zalo: FakeZalo, elsewhere: str, filed: Callable[..., Attachment]
) -> None:
    """Media on another host than the API, redirected to a third: refused until both are allowed."""
    url = send_photo(zalo)
    assert url.startswith(elsewhere)
    row = filed(url)
    assert fetch_files(oa) == 0 and reload_attachment(row).state == "REFUSED", "«localhost» cannot be allowed"
    oa.settings["media_hosts"] = [elsewhere.removeprefix("http://")]
    oa.save()
    row = filed(url)
    assert fetch_files(oa) == 1 and (reload_attachment(row).state, row.unlisted_host) == ("READY", "")
    zalo.control("switches", {"media_redirect": f"http://127.0.0.1:{zalo.port}"})
    row = filed(url)
    assert fetch_files(oa) == 1 and reload_attachment(row).state == "READY", (
        "a redirect between hosts of the fake Zalo is followed"
    )
    zalo.control("switches", {"media_redirect": f"https://{HOST}"})
    row = filed(url)
    assert fetch_files(oa) == 0 and (reload_attachment(row).state, row.unlisted_host, row.url) == (
        "UNLISTED",
        HOST,
        url,
    )


@pytest.mark.parametrize("days", [0, 30])
def test_trouble_after_the_permission_does_not_lose_it(
    oa: Channel, filed: Callable[..., Attachment], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    row = filed(f"https://{HOST}/a.jpg", age=dt.timedelta(days=days))
    fetch_files(oa)
    Attachment.objects.filter(pk=row.pk).update(state="WAITING")

    async def away(*_: Any, **__: Any) -> list[SendFailed]:
        return [SendFailed("Không có trả lời của Zalo")]

    monkeypatch.setattr(media, "_fetch_batch", away)
    fetch_files(oa)
    assert reload_attachment(row).state == ("UNLISTED" if days else "WAITING") and row.url, "shown again, never erased"


def test_all_waiting_files_are_retried_every_night(oa: Channel, filed: Callable[..., Attachment]) -> None:
    """A new version may allow more hosts than the previous one."""
    row = filed(f"https://{HOST}/a.jpg")
    fetch_files(oa)
    with rls.acting_as("sender"):
        assert media.retry_unlisted() == 1
    assert reload_attachment(row).state == "WAITING"


@pytest.mark.parametrize("host", ["vn", "com.vn", "https://a.vn/x", "127.0.0.1", "localhost", "a b.vn", "-a.vn", ""])
def test_an_invalid_host_is_not_allowed(oa: Channel, host: str) -> None:
    with pytest.raises(CommandError):
        call_command("allow_media_host", host, verbosity=0)
    assert "media_hosts" not in Channel.objects.get(pk=oa.pk).settings
