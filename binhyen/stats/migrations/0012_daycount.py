"""Sums of the province by day, filled from those of its units."""

from django.db import migrations, models

FILL_DAYS_SQL = """
INSERT INTO stats_daycount (day, metric, value) SELECT day, metric, sum(value) FROM stats_count GROUP BY 1, 2
"""


def fill_days(apps, schema_editor):
    schema_editor.execute(FILL_DAYS_SQL)


class Migration(migrations.Migration):
    dependencies = [("stats", "0011_mail_reports")]

    operations = [
        migrations.CreateModel(
            name="DayCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("metric", models.CharField(max_length=24)),
                ("value", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "metric"), name="stats_day_once"),
                    models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="stats_day_positive"),
                ],
            },
        ),
        migrations.RunPython(fill_days, migrations.RunPython.noop),
    ]
