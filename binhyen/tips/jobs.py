"""Tips whose time is over lose their key."""

from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.privacy.registry import Keeper, keeps
from binhyen.tips import queries, services

keeps(Keeper("tip", queries.standing))


@job(name="tips.clean", queue="bulk", cron="41 * * * *")
def clean() -> None:
    while services.clean(now=clock.now()):
        pass
