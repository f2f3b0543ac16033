"""Two machines, two clocks: alarms, deadlines and sign-ins are written by one and compared with the other."""

from typing import Any

import psycopg

from binhyen.doctor.check_result import CheckResult
from binhyen.kit import clock

APART = 5  # seconds


def apart(connection: psycopg.Connection[Any]) -> CheckResult:
    """Compare this machine's clock with the database's."""
    there: Any = connection.execute("SELECT clock_timestamp()").fetchone()
    seconds = abs((clock.now() - there[0]).total_seconds())
    return CheckResult(
        seconds < APART,
        f"đồng hồ máy này và của PostgreSQL lệch nhau {seconds:.0f} giây (cần dưới {APART})",
        "cho cả hai máy theo giờ mạng: apt install chrony; xem bằng chronyc tracking",
    )
