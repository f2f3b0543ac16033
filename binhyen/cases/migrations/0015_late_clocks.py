"""A clock that runs out is told upwards; the clocks of a case that is merged go on with the case it is treated in."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

BEFORE = import_module("binhyen.cases.migrations.0010_marked").OPEN
# A process of the version before still opens cases while this one starts: their clocks are told when they are over.
OPEN = BEFORE.replace("due_at, stops_at)", "due_at, stops_at, next_at)").replace(
    "c->'stops_at'\n", "c->'stops_at', coalesce(c->>'next_at', c->>'due_at')::timestamptz\n"
)
# What was over before is on the desk's list already; nobody is called for it now.
RUNNING = """
UPDATE cases_clock SET next_at = due_at WHERE stopped_at IS NULL AND due_at > now()
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_code_of_sealed")]

    operations = [
        migrations.AddField(
            "clock",
            "lent_by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="lent_clocks", to="cases.case"
            ),
        ),
        migrations.AddField("clock", "stage", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField("clock", "heard", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField("clock", "next_at", models.DateTimeField(null=True)),
        migrations.AddField("clock", "prolonged", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.RemoveConstraint("clock", "cases_clock_once"),
        migrations.AddConstraint(
            "clock",
            models.UniqueConstraint(fields=["case", "name"], condition=Q(lent_by=None), name="cases_clock_once"),
        ),
        migrations.AddConstraint(
            "clock", models.UniqueConstraint(fields=["lent_by", "name"], name="cases_clock_lent_once")
        ),
        migrations.RunSQL(OPEN, BEFORE),
        migrations.RunSQL(RUNNING, migrations.RunSQL.noop),
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["next_at"], condition=Q(stopped_at=None, next_at__isnull=False), name="cases_clock_next"
            ),
        ),
        migrations.AddIndex(
            "clock", models.Index(fields=["case"], condition=Q(stopped_at=None, stage__gt=0), name="cases_clock_told")
        ),
    ]
