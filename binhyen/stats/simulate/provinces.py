"""Ledgers of 34 made-up provinces for the country's page: deterministic by seed, keys included. Pure."""

import datetime as dt
from collections.abc import Iterator
from random import Random

from binhyen.audit.rules.signed_notes import LOG, Signer
from binhyen.stats.metrics import Metric
from binhyen.stats.national import ProvinceLedger, ScamIndicator

PROVINCES = 34  # of Viet Nam since 2025-07-01
_BASE = {  # of a province of 1.3 million people, as in the story of Hà Tĩnh
    Metric.REPORTS: 16_000,
    Metric.URGENT: 900,
    Metric.VALUABLE_TIPS: 1_560,
    Metric.PETITIONS: 2_400,
    Metric.CLOSED: 15_200,
    Metric.GUIDED: 5_100,
    Metric.ITEMS_RETURNED: 300,
    Metric.PEOPLE_FOUND: 40,
    Metric.FRAUDS_STOPPED: 260,
    Metric.WEAPONS: 120,
    Metric.HELPED: 90,
    Metric.COMMENDED: 70,
    "groups_commune": 69,
    "groups_village": 1_900,
    "members": 200_000,
    "bulletins": 44_700,
}


def simulate_ledgers(seed: int, first: dt.date, last: dt.date) -> Iterator[tuple[ProvinceLedger, Signer]]:
    """Yield each province's ledger of a period with its signer. Some frauds are reported in many provinces."""
    # nosemgrep: dice-for-secrets  made-up data
    rng = Random(seed)  # noqa: S311  made-up numbers
    span = (last - first).days
    numbers = [f"09{rng.randrange(10**8):08d}" for _number in range(400)]
    for number in range(1, PROVINCES + 1):
        code, size = f"{number:02d}", rng.uniform(0.4, 3)
        lines = {str(name): round(value * size * rng.uniform(0.8, 1.2)) for name, value in _BASE.items()}
        indicators = tuple(
            ScamIndicator("PHONE", value, rng.randrange(1, 30), (last - dt.timedelta(rng.randrange(span))).isoformat())
            for value in sorted(rng.sample(numbers, rng.randrange(20, 60)))
        )
        counted_at = f"{(last + dt.timedelta(days=1)).isoformat()}T08:00+07:00"
        signer = Signer(f"ledger/{code}", LOG, rng.randbytes(32))
        yield ProvinceLedger(code, f"Công an tỉnh giả định {code}", first, last, counted_at, lines, indicators), signer
