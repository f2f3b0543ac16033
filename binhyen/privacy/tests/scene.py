"""Scenes for tests of personal data: cases of every retention class, and a nightly run that moves the clock."""

import datetime as dt
from typing import Any

from binhyen.cases.choices import State
from binhyen.cases.models import Case
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR, ChangeRecord, record_changes
from binhyen.cases.tests.scene import open_case
from binhyen.privacy.services import retention
from tests import rls

DAY = dt.timedelta(days=1)
SECRETS = ("Nguyễn Thị Kín Danh", "0987654321")
WORDS = f"Chị {SECRETS[0]}, số {SECRETS[1]}, hát karaoke ầm ĩ ở TDP Phú Mậu"


def create_closed_case(
    unit: Any, category: str, *, moment: dt.datetime, handed: dt.datetime | None = None, **more: Any
) -> Case:
    """Create a case of this category, reported and closed at a given time, passed on to investigators before."""
    case = open_case(unit, text=WORDS, category=category, now=moment, title=f"Việc · {SECRETS[0]}", **more)
    if handed is not None:
        record_changes(
            [ChangeRecord(case, "state", INTAKE_ACTOR, {"from": "WORKING", "to": State.PASSED_ON})], now=handed
        )
    Case.objects.filter(pk=case.pk).update(
        state=State.CLOSED, outcome="RESOLVED", closed_at=moment, result=f"Đã nhắc {SECRETS[0]}", snippet=WORDS[:160]
    )
    case.refresh_from_db()
    return case


def run_sweep(now: dt.datetime, *groups: str, limit: int = retention.BATCH) -> dict[str, int]:
    """Run the retention sweep with the worker's rights."""
    with rls.acting_as("worker"):
        return retention.sweep_all(now=now, limit=limit, only=groups)


def find_remaining_words() -> list[str]:
    """List every «table.column» that still contains one of the secrets, encrypted or not."""
    from django.db import connection

    results = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND "
            "data_type IN ('text', 'character varying', 'jsonb')"
        )
        for table, column in cursor.fetchall():
            for secret in SECRETS:
                cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1', [f"%{secret}%"])
                if cursor.fetchone():
                    results.append(f"{table}.{column}")
    return results
