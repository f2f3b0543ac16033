"""Bulletins about missing people: proposed from a released appeal, withdrawn with their words when it is recalled."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.bulletins import services as bulletins
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.rules import BulletinState
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.dlp.detectors import FindingKind
from binhyen.kit import clock
from binhyen.missing import services
from binhyen.missing.appeal_bulletins import MissingPersonSource
from binhyen.missing.tests.test_register import NAME, PHONE, post_action, register_person, release_appeal, show
from tests import rls

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


def test_a_bulletin_is_proposed_and_withdrawn_with_its_words(owner: Any, officer: Callable[..., Any]) -> None:
    record = register_person(owner)
    address = f"/ban-tin/soan?vu-viec={record.case.code}"
    assert NAME not in show(address, sign_in_browser(owner)), "nothing before the release"
    release_appeal(owner, record)
    page = show(address, sign_in_browser(owner))
    assert NAME in page and f"/tim-nguoi/{record.code[:4]}" in page and PHONE not in page
    fields = {
        "vu-viec": record.case.code,
        "topic": "MISSING",
        "title": f"Tìm bà {NAME}",
        "text": "Ai thấy xin báo công an.",
    }
    assert sign_in_browser(owner).post("/ban-tin/soan", {**fields, "ground": "THREAT_TO_LIFE"}).status_code == 303
    bulletin = Bulletin.objects.get()
    assert len(bulletin.areas) >= 1 and record.bulletins.get().code == bulletin.code
    now = clock.now()
    Bulletin.objects.update(state=BulletinState.RELEASED, released_at=now, expires_at=now + dt.timedelta(days=1))
    post_action(owner, record, "ket-thuc", outcome="CAME_HOME", note="Con trai báo đã về")
    bulletins.withdraw_bulletins(codes=[bulletin.code], reason="Đã tìm thấy người.", now=now)
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.title, bulletin.text) == (BulletinState.WITHDRAWN, "", "")
    stranger = officer("OFFICER", "18073")
    assert sign_in_browser(stranger).get(address).status_code == 404


def test_the_proposed_text_may_be_released(owner: Any, officer: Callable[..., Any], settings: Any) -> None:
    """A demo's own link looks like the number of an account."""
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    record = register_person(owner)
    release_appeal(owner, record)
    proposal = MissingPersonSource().build_proposal(record.case, officer=owner, now=clock.now())
    assert proposal is not None and settings.PUBLIC_URL in proposal.text
    form = bulletins.BulletinForm(
        topic=proposal.topic, title=proposal.title, text=proposal.text, ground=proposal.ground
    )
    row = bulletins.create_bulletin(form=form, case=record.case, officer=owner, now=clock.now())
    assert FindingKind.BANK_ACCOUNT not in {finding.kind for finding in bulletins.find_findings(row)}
    settings.PUBLIC_URL = "https://binhyen.example"
    kinds = {finding.kind for finding in bulletins.find_findings(row)}
    assert FindingKind.BANK_ACCOUNT in kinds, "control: another machine's address"


def test_a_case_closed_elsewhere_recalls_its_appeal_and_its_draft(owner: Any) -> None:
    record = register_person(owner)
    release_appeal(owner, record)
    fields = {
        "vu-viec": record.case.code,
        "topic": "MISSING",
        "title": f"Tìm bà {NAME}",
        "text": "Ai thấy xin báo công an.",
    }
    sign_in_browser(owner).post("/ban-tin/soan", fields)
    Case.objects.filter(pk=record.case_id).update(state="CLOSED", closed_at=clock.now(), outcome="CAME_HOME")
    assert NAME not in show(f"/tim-nguoi/{record.code}")
    with rls.acting_as("worker"):
        assert services.recall_ended(now=clock.now()) == 1 and services.recall_ended(now=clock.now()) == 0
        assert (
            bulletins.withdraw_bulletins(codes=[record.bulletins.get().code], reason="Đã xong.", now=clock.now()) == 1
        )
    assert not Bulletin.objects.exists()
