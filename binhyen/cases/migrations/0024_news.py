"""What nobody has looked at yet: few cases, found by their own index; and a verb for what an officer leaves behind."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

VERBS = [
    "opened", "alarmed", "acknowledged", "late", "late_heard", "prolonged", "assigned", "handed_on", "taken_back",
    "left", "noted", "state", "asked", "answered", "heard", "witnessed", "placed", "relocated", "matched", "split",
    "attached", "detached", "merged", "absorbed", "unmerged", "closed", "reopened", "graded", "reclassified",
    "related", "unrelated", "messaged", "rated", "evidence", "withdrawn", "extracted", "forgotten", "erased",
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0023_spoke_openly")]
    operations = [
        migrations.AddField("case", "news", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddIndex(
            "case", models.Index(condition=models.Q(("news__gt", 0)), fields=["unit", "-id"], name="cases_news")
        ),
        migrations.RemoveConstraint("caseevent", "cases_event_known"),
        AddConstraintNotValid(
            "caseevent", models.CheckConstraint(name="cases_event_known", condition=models.Q(verb__in=VERBS))
        ),
    ]
