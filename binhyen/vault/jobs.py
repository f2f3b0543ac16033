"""Jobs of the vault: re-encryption after key rotation, expiry of disclosures."""

from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.vault.rules import PEOPLES
from binhyen.vault.services import expiry, key_rotation


@job(name="vault.rewrap_read", queue="bulk", cron="*/5 * * * *")
def rewrap_read() -> None:
    key_rotation.rewrap_machine("INTAKE")
    # People's groups too: the last rewrap may fall into the grace period, and then no later page request destroys the
    # key.
    key_rotation.destroy_unused(["INTAKE", *PEOPLES], actor="system:rotation", now=clock.now())


@job(name="vault.rewrap_sent", queue="delivery", cron="*/5 * * * *")
def rewrap_sent() -> None:
    key_rotation.rewrap_machine("DELIVERY")
    key_rotation.rewrap_machine("DOOR")
    key_rotation.destroy_unused(["DELIVERY"], actor="system:rotation", now=clock.now())


@job(name="vault.end_openings", queue="bulk", cron="* * * * *")
def end_openings() -> None:
    expiry.end_openings(now=clock.now())
    expiry.take_back(now=clock.now())
