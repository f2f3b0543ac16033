"""Each desk asks what its officer handed on lately."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_matched")]
    operations = [
        migrations.AddIndex(
            "caseevent",
            models.Index(fields=["officer", "-id"], condition=models.Q(verb="handed_on"), name="cases_handed_on"),
        ),
    ]
