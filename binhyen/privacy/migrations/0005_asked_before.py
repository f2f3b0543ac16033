"""Keep listed requests listed after a later complaint about police.

Requests that the lists already hid stay hidden. Later ones exclude a custodian who is a subject of the complaint.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import Q

HIDDEN = "UPDATE privacy_request SET apart = true WHERE NOT apart AND cases_told_of_police(reporter_id)"


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_asked_in_words"), ("cases", "0016_asked_of_cases")]
    operations = [
        migrations.AddField(
            "request", "barred", ArrayField(base_field=models.BigIntegerField(), null=True, size=None)
        ),
        migrations.RunSQL(HIDDEN, migrations.RunSQL.noop),
        migrations.RemoveConstraint("request", "privacy_request_once"),
        migrations.AddConstraint(
            "request",
            models.UniqueConstraint(
                fields=["reporter", "kind", "apart"], condition=Q(state__in=["OPEN", "GRANTED"]),
                name="privacy_request_once_each",
            ),
        ),
    ]
