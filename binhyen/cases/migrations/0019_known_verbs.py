"""What happens to a case is one of a closed list. Rows of before are not looked through: nothing waits for it."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

VERBS = [
    "opened", "alarmed", "acknowledged", "late", "late_heard", "prolonged", "assigned", "handed_on", "taken_back",
    "noted", "state", "asked", "answered", "heard", "witnessed", "placed", "relocated", "matched", "split",
    "attached", "detached", "merged", "absorbed", "unmerged", "closed", "reopened", "graded", "reclassified",
    "related", "unrelated", "messaged", "rated", "evidence", "withdrawn", "extracted", "forgotten", "erased",
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_barred")]
    operations = [
        AddConstraintNotValid(
            "caseevent", models.CheckConstraint(name="cases_event_known", condition=models.Q(verb__in=VERBS))
        ),
    ]
