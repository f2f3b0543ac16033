"""Start time of an exclusion. Exclusions made before this column stay whole: they are hidden already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0007_tie_mutual")]
    operations = [migrations.AddField("veto", "since", models.DateTimeField(null=True))]
