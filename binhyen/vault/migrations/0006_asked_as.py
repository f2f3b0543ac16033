import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("areas", "0003_landmark"), ("people", "0007_tie_mutual"), ("vault", "0005_originals")]

    operations = [
        migrations.AddField("groupkey", "stale_at", models.DateTimeField(null=True)),
        migrations.AddField("opening", "asked_as", models.CharField(default="", max_length=16), preserve_default=False),
        migrations.AddField(
            "opening",
            "asked_unit",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="areas.unit"),
        ),
        migrations.RunSQL(
            "UPDATE vault_opening o SET asked_as = p.role, asked_unit_id = p.unit_id "
            "FROM people_officer p WHERE p.id = o.requester_id",
            migrations.RunSQL.noop,
        ),
    ]
