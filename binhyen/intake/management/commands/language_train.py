"""`binhyen language train --corrections`: retrain with officers' corrections; live only if not worse."""

from typing import Any

from django.core.management.base import BaseCommand

from binhyen.intake import corrections
from binhyen.intake.retraining import retrain_model
from binhyen.kit import clock


class Command(BaseCommand):
    help = "Train a model with officers' corrections; it goes live if it is not worse on the test rows."

    def handle(self, *args: Any, **options: Any) -> None:
        corrections.collect_corrections()
        done = retrain_model(now=clock.now())
        self.stdout.write(f"{done.version}: {done.corrections} corrections")
        for name, value in done.figures.items():
            self.stdout.write(f"{name} {done.before[name]:.4f} → {value:.4f}")
        self.stdout.write("live: every process uses it within a minute" if done.live else "kept aside: it loses")
