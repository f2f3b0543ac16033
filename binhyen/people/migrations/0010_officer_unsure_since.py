"""After a restore without the notes of what ended since: accounts that a person must look at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0009_hashed_sessions")]
    operations = [migrations.AddField("officer", "unsure_since", models.DateTimeField(null=True))]
