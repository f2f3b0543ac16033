"""The counter asks which cases follow a tip that stood in a group: few of all events say so."""

from django.db import migrations, models
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_spoke_on")]
    operations = [
        migrations.AddIndex(
            "caseevent",
            models.Index(
                KT("data__after"), name="cases_follows", condition=models.Q(verb="opened", data__has_key="after")
            ),
        ),
    ]
