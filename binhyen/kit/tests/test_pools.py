"""A pool asks a dead database again soon, however long it has been dead."""

from psycopg_pool.base import AttemptWithBackoff

from binhyen.kit.pools import PAUSE_SECONDS, keep_asking


def pauses(kind: type[AttemptWithBackoff], refusals: int) -> list[float]:
    attempt, now, found = kind(timeout=300.0), 0.0, []
    for _ in range(refusals):
        attempt.update_delay(now)
        found.append(attempt.delay)
        now += attempt.delay
    return found


class Patient(AttemptWithBackoff):
    """As psycopg ships it."""

    INITIAL_DELAY, DELAY_BACKOFF = 1.0, 2.0


def test_a_pause_never_grows() -> None:
    keep_asking()
    assert max(pauses(AttemptWithBackoff, 40)) <= PAUSE_SECONDS * 1.2
    assert max(pauses(Patient, 6)) > 25, "the control: a minute away costs half a minute more"
