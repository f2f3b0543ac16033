"""Bulletins about good deeds: proposed while the consent lasts, withdrawn with their words when it ends."""

import datetime as dt
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.bulletins import services as bulletins
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.rules import BulletinState
from binhyen.bulletins.tests.scene import create_group, run_jobs
from binhyen.cases.bulletin_source import WITHDRAW_JOB
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.consents.models import Consent
from binhyen.deeds import services
from binhyen.deeds.models import Deed
from binhyen.deeds.tests.test_deed_story import NAME, SCHOOL, approve_deed, author, case, chief, draft
from binhyen.kit import clock
from tests import rls

__all__ = ["author", "case", "chief"]
pytestmark = pytest.mark.django_db


def recall_in_worker() -> list[str]:
    """Run the recall; return the codes of the bulletins that it wants withdrawn."""
    with rls.acting_as("worker"):
        services.recall_deed_bulletins(now=clock.now())
    jobs = ProcrastinateJob.objects.filter(task_name=WITHDRAW_JOB)
    return [code for job in jobs for code in job.args["codes"]]


def test_a_withdrawn_consent_withdraws_the_bulletin_with_its_words(author: Any, chief: Any, case: Case) -> None:
    desk, address = sign_in_browser(author), f"/ban-tin/soan?vu-viec={case.code}"
    deed = draft(author, case)
    assert NAME not in desk.get(address).content.decode(), "nothing before the approval"
    assert address not in desk.get(f"/viec-tot/{deed.public_id}").content.decode()
    approve_deed(chief, deed)
    assert address in desk.get(f"/viec-tot/{deed.public_id}").content.decode()
    page = desk.get(address).content.decode()
    assert NAME in page and "Gương tốt" in page and SCHOOL not in page, "a post must not lead to a child"
    assert 'value="GOOD_DEED" selected' in page or 'value="GOOD_DEED" checked' in page, "a topic of its own"
    text = page.partition('name="text"')[2].partition(">")[2].partition("</textarea>")[0].strip()
    fields = {"vu-viec": case.code, "topic": "GOOD_DEED", "title": "Gương tốt ở xã Lộc Hà", "text": text}
    assert desk.post("/ban-tin/soan", fields).status_code == 303
    bulletin = Bulletin.objects.get()
    assert Deed.objects.get().bulletin_codes == [bulletin.code]
    create_group(author.unit)
    morning = (clock.now() + dt.timedelta(days=1)).astimezone(clock.VIETNAM).replace(hour=10)
    bulletins.submit_bulletin(code=bulletin.code, officer=author, now=morning)
    bulletins.approve_bulletin(code=bulletin.code, officer=chief, now=morning)
    run_jobs(morning)
    bulletin.refresh_from_db()
    assert bulletin.state == BulletinState.RELEASED and NAME in bulletin.text
    assert recall_in_worker() == [], "control: the consent lasts"
    desk.post(f"/dong-y/{case.code}/rut", {"consent": Consent.objects.get().code})
    assert recall_in_worker() == [bulletin.code] == recall_in_worker(), "asked for once"
    bulletins.withdraw_bulletins(codes=[bulletin.code], reason=services.RECALL_REASON, now=clock.now())
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.title, bulletin.text) == (BulletinState.WITHDRAWN, "", "")
    assert desk.post("/ban-tin/soan", fields).status_code == 422, "no new one either"
