from django.db import migrations, models


class Migration(migrations.Migration):
    """Self-declared relationships exclude only the declaring officer, earlier rows too."""

    dependencies = [("people", "0006_veto")]

    operations = [
        migrations.AddField("tie", "mutual", models.BooleanField(default=True)),
        migrations.RunSQL(
            "UPDATE people_tie SET mutual = false WHERE declared_by_id IN (one_id, other_id)", migrations.RunSQL.noop
        ),
    ]
