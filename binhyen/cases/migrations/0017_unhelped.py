"""Closed cases of which somebody who told says that it did not help: few, found by their own index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0016_asked_of_cases")]
    operations = [
        migrations.AddField("case", "unhelped", models.BooleanField(db_default=False, default=False)),
        migrations.AddIndex(
            "case",
            models.Index(condition=models.Q(("unhelped", True)), fields=["unit", "-id"], name="cases_unhelped"),
        ),
    ]
