"""From when on a matter is kept from some. What was kept before this column stays kept whole: it is hidden already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0007_tie_mutual")]
    operations = [migrations.AddField("veto", "since", models.DateTimeField(null=True))]
