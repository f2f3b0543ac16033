"""Retention jobs: expired idempotency answers every hour, expired tokens at night."""

from binhyen.api import services
from binhyen.kit import clock
from binhyen.kit.jobs import register_job
from binhyen.privacy.retention_registry import Retention, register_retention

register_retention(Retention("token", services.get_token_standing, services.delete_expired_tokens))


@register_job(name="api.forget_answers", queue="bulk", cron="23 * * * * 0", destroys=True)
def forget_answers() -> None:
    services.delete_expired_answers(now=clock.now())
