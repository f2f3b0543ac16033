"""Chain the audit book every second."""

from binhyen.audit import services
from binhyen.kit.jobs import job


@job(name="audit.chain", queue="intake", cron="* * * * * *")
def chain() -> None:
    services.chain()
