"""A picture of an officer's in a complaint is not the person's."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conduct", "0003_alarm_nobody")]
    operations = [migrations.AddField("file", "ours", models.BooleanField(default=False, db_default=False))]
