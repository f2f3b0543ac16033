"""Jobs of the vault: re-encryption after key rotation, expiry of disclosures."""

from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.vault.rules import PEOPLE_GROUPS
from binhyen.vault.services import expiry, key_rotation


@register_job(name="vault.rewrap_read", queue="bulk", cron="*/5 * * * *")
def rewrap_intake_keys() -> None:
    key_rotation.rewrap_machine("INTAKE")
    # People's groups too: the last rewrap may fall into the grace period, and then no later page request destroys the
    # key.
    key_rotation.destroy_unused(["INTAKE", *PEOPLE_GROUPS], actor="system:rotation", now=clock.now())


@register_job(name="vault.rewrap_delivery", queue="delivery", cron="*/5 * * * *")
def rewrap_delivery_keys() -> None:
    key_rotation.rewrap_machine("DELIVERY")
    key_rotation.rewrap_machine("GATEWAY")
    key_rotation.destroy_unused(["DELIVERY"], actor="system:rotation", now=clock.now())


@register_job(name="vault.end_openings", queue="bulk", cron="* * * * *")
def expire_disclosures() -> None:
    expiry.delete_expired_parts(now=clock.now())
    expiry.revoke_lost_rights(now=clock.now())
