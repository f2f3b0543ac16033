"""Retention jobs: expired idempotency answers every hour, expired tokens at night."""

from binhyen.api import services
from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.privacy.retention_registry import Retention, keeps

keeps(Retention("token", services.standing, services.forget_tokens))


@job(name="api.forget_answers", queue="bulk", cron="23 * * * * 0", destroys=True)
def forget_answers() -> None:
    services.forget_answers(now=clock.now())
