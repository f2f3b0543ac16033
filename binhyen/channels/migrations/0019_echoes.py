from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0018_passed")]

    operations = [
        migrations.AddField(
            "outgoing", "echoes", models.PositiveSmallIntegerField(default=0, db_default=0)
        ),
        migrations.AddIndex(
            "outgoing",
            models.Index(fields=["officer"], condition=models.Q(echoes__gt=0), name="channels_outgoing_echoes"),
        ),
    ]
