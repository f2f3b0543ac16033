"""Jobs of tips: pass on the desk's answers and extracts to the register, destroy the keys of expired tips."""

from binhyen.cases.services.restrict import also_called
from binhyen.kit import clock
from binhyen.kit.jobs import job
from binhyen.kit.pruning import owns
from binhyen.privacy.retention_registry import Retention, keeps
from binhyen.tips import queries, services

keeps(Retention("tip", queries.standing))
owns("tips", queries.named)
also_called(queries.matters)


@job(name="tips.answered", queue="intake")
def answered(tip: str, officer: int) -> None:
    services.note_answer(tip_id=tip, officer_id=officer, now=clock.now())


@job(name="tips.pass_on", queue="intake")
def pass_on() -> None:
    services.pass_on(now=clock.now())


@job(name="tips.clean", queue="bulk", cron="41 * * * *", destroys=True)
def clean() -> None:
    while services.clean(now=clock.now()):
        pass
