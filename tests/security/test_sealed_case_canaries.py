"""A3 again: made-up text of a case that an officer later recognises as a complaint is in no row or upload afterwards.

Not searched: the database's own files, because the text of the ordinary case was stored in clear for a while.
"""

from pathlib import Path
from typing import Any

from django.test import Client

from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.channels.services import media
from binhyen.conduct.services import seal_case
from binhyen.intake import corrections
from binhyen.intake.tests.web import submit_report
from binhyen.kit import clock
from tests import rls
from tests.process_harness import get_owner_dsn
from tests.security import canaries as search
from tests.security.canaries import Canaries
from tests.security.test_canaries import WORDS


def test_of_a_case_that_ended_once_and_then_was_a_complaint_no_row_keeps_a_word(
    real_db: None, tmp_path: Path, officer: Any, settings: Any
) -> None:
    """The case was reported, noted, answered, given evidence, closed, reopened, shared with another case; then an
    officer reclassifies it.
    """
    settings.FILES_ROOT = tmp_path
    c, chief, now = Canaries(), officer("CHIEF", "18568"), clock.now()
    for text in (WORDS[0], f"{WORDS[1]}, {c.word('words of the case')}"):
        assert submit_report(Client(), text).status_code == 303
    other, case = Case.objects.order_by("pk")
    message = str(case.case_messages.get().message.public_id)
    acting_officer = {"officer": chief, "version": None, "now": now}
    linking.attach_message(code=other.code, message_id=message, **acting_officer)
    linking.detach_message(code=other.code, message_id=message, **acting_officer)
    officer_actions.add_note(code=case.code, text=c.word("note"), **acting_officer)
    officer_actions.answer_reporters(code=case.code, text=c.word("letter"), **acting_officer)
    officer_actions.reclassify_case(code=case.code, category="public_order", urgency=1, **acting_officer)
    assert corrections.collect_corrections() == 1
    proof = media.store_upload(c.photo("proof's metadata"))
    closing.close_case(
        code=case.code,
        outcome=Outcome.RESOLVED,
        result=c.word("result"),
        evidence=c.word("proof"),
        attachment_ids=[proof.pk],
        **acting_officer,
    )
    closing.reopen_closed_case(code=case.code, reason=c.word("why it was opened again"), **acting_officer)
    tables = {hit.partition(":")[0] for hit in search.search_rows(c, get_owner_dsn())}
    assert {f"table {t}" for t in ("cases_case", "cases_evidence", "cases_note", "channels_outgoing")} <= tables, (
        "control"
    )
    officer_actions.reclassify_case(code=case.code, category="officer_complaint", urgency=1, **acting_officer)
    with rls.acting_as("worker"):
        assert seal_case.seal_complaint_case(case.pk, now=now)
    assert search.search_rows(c, get_owner_dsn()) == [] and search.search_files(c, tmp_path) == []
