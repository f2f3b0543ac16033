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
from binhyen.intake.tests.web import tell
from binhyen.kit import clock
from tests import rls
from tests.process_harness import dsn
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
        assert tell(Client(), text).status_code == 303
    other, case = Case.objects.order_by("pk")
    message = str(case.case_messages.get().message.public_id)
    who = {"officer": chief, "version": None, "now": now}
    linking.attach(code=other.code, message_id=message, **who)
    linking.detach(code=other.code, message_id=message, **who)
    officer_actions.note(code=case.code, text=c.word("note"), **who)
    officer_actions.answer(code=case.code, text=c.word("letter"), **who)
    officer_actions.reclassify(code=case.code, category="public_order", urgency=1, **who)
    assert corrections.collect() == 1
    proof = media.upload(c.photo("proof's metadata"))
    closing.close(
        code=case.code, outcome=Outcome.RESOLVED, result=c.word("result"), evidence=c.word("proof"),
        attachment_ids=[proof.pk], **who,
    )  # fmt: skip
    closing.reopen(code=case.code, reason=c.word("why it was opened again"), **who)
    tables = {hit.partition(":")[0] for hit in search.in_rows(c, dsn())}
    assert {f"table {t}" for t in ("cases_case", "cases_evidence", "cases_note", "channels_outgoing")} <= tables, (
        "control"
    )
    officer_actions.reclassify(code=case.code, category="officer_complaint", urgency=1, **who)
    with rls.acting_as("worker"):
        assert seal_case.lift(case.pk, now=now)
    assert search.in_rows(c, dsn()) == [] and search.in_files(c, tmp_path) == []
