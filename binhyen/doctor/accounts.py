"""Accounts whose state a restore left unknown."""

from collections.abc import Iterator

import psycopg

from binhyen.doctor.check_result import CheckResult

_HAS_UNSURE = """
SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('public.people_officer') AND attname = 'unsure_since'
"""


def unsure(connection: "psycopg.Connection[tuple[str, ...]]") -> Iterator[CheckResult]:
    """After a restore whose notes had a gap (people/services/replaying.py)."""
    if connection.execute(_HAS_UNSURE).fetchone() is None:
        return
    row = connection.execute(
        "SELECT count(*) FROM people_officer WHERE is_active AND unsure_since IS NOT NULL"
    ).fetchone()
    count = int(row[0]) if row else 0
    yield CheckResult(
        not count,
        f"tài khoản chưa rõ sau phục hồi: {count}",
        "bản sao lưu không biết ai bị khóa, mất bước thứ hai hay đổi mật khẩu sau đó: xem từng người trên /can-bo",
    )
