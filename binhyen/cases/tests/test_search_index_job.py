"""The job that removes sealed text from search, run like the worker: without a surrounding transaction."""

from typing import Any

from binhyen.cases import jobs
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case


def test_it_locks_the_rows_it_writes(real_db: None, unit: Any) -> None:
    case = open_case(unit("18568"), text="Mất trâu ở bãi")
    Case.objects.filter(pk=case.pk).update(search_text="phong bi")
    jobs.run_search_rebuild([case.case_messages.get().message_id])
    case.refresh_from_db()
    assert "phong" not in case.search_text and "trau" in case.search_text
