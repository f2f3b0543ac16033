"""Alarms by the time at which they go on: those that nobody took note of, and those that are to ring anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0021_words_with_signs")]

    operations = [
        migrations.AddIndex(
            "alarm",
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="cases_alarm_next"),
        ),
    ]
