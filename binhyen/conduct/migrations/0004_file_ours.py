"""Mark files that belong to an officer, not to the reporter, in a complaint."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conduct", "0003_alarm_nobody")]
    operations = [migrations.AddField("file", "ours", models.BooleanField(default=False, db_default=False))]
