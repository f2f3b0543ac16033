"""One fake Zalo per test run, reset for each test."""

from collections.abc import Iterator

import pytest

from binhyen.channels.kinds.zalo_oa import client
from binhyen.channels.kinds.zalo_oa.oauth import TokenPair
from binhyen.channels.kinds.zalo_oa.tests import lab
from binhyen.channels.kinds.zalo_oa.tokens import save_grant
from binhyen.channels.models import Channel, Credential
from binhyen.kit import clock
from tests.faults.doorway import SECRET


@pytest.fixture(scope="session")
def _running() -> Iterator[lab.FakeZalo]:
    yield from lab.run_fake_zalo()


@pytest.fixture
def zalo(_running: lab.FakeZalo) -> lab.FakeZalo:
    _running.control("reset", {})
    client._limiters.clear()
    return _running


@pytest.fixture
def oa(zalo: lab.FakeZalo, real_db: None) -> Channel:
    """Return the account of the fake Zalo as an operator connected it."""
    account, setup = zalo.account(), zalo.control("setup")
    settings = {
        **account.settings,
        "oa_admins": [zalo.get_citizen_id("Quản trị OA")],
        "app_id": account.settings["app_id"],
    }
    channel = Channel.objects.create(kind="zalo_oa", name="OA tỉnh", settings=settings)
    row = Credential(channel=channel)
    row.update_secrets(**account.secrets | {"webhook_secret": SECRET})
    row.save()
    save_grant(channel.pk, TokenPair(setup["access_token"], setup["refresh_token"], 90_000), now=clock.now())
    return Channel.objects.get(pk=channel.pk)
