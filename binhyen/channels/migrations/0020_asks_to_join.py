"""Join requests that wait for an officer's decision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0019_echoes")]

    operations = [
        migrations.AddField("membership", "asked_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "membership",
            "answer",
            models.CharField(
                blank=True, choices=[("", "–"), ("IN", "cho vào"), ("OUT", "không nhận")], db_default="", default="",
                max_length=3,
            ),
        ),
        migrations.AddIndex(
            "membership",
            models.Index(
                fields=["group"], condition=models.Q(asked_at__isnull=False), name="channels_member_asks"
            ),
        ),
    ]
