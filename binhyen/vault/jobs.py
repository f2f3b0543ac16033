"""Jobs of the vault: re-encryption after key rotation, expiry of disclosures."""

from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.vault.rules import PEOPLES
from binhyen.vault.services import ending, turning


@job(name="vault.rewrap_read", queue="bulk", cron="*/5 * * * *")
def rewrap_read() -> None:
    turning.rewrap_machine("INTAKE")
    # People's groups too: the last rewrap may fall into the grace period, and then no later page request destroys the
    # key.
    turning.destroy_unused(["INTAKE", *PEOPLES], actor="system:rotation", now=clock.now())


@job(name="vault.rewrap_sent", queue="delivery", cron="*/5 * * * *")
def rewrap_sent() -> None:
    turning.rewrap_machine("DELIVERY")
    turning.rewrap_machine("DOOR")
    turning.destroy_unused(["DELIVERY"], actor="system:rotation", now=clock.now())


@job(name="vault.end_openings", queue="bulk", cron="* * * * *")
def end_openings() -> None:
    ending.end_openings(now=clock.now())
    ending.take_back(now=clock.now())
