"""Facts of a complaint go on as a case: whoever is concerned does not see it."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_unhelped")]
    operations = [
        migrations.AddField("case", "barred", ArrayField(models.BigIntegerField(), null=True)),
    ]
