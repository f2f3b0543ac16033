import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("areas", "0003_landmark"), ("channels", "0017_imprints")]

    operations = [
        migrations.AddField(
            "imprint",
            "unit",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="areas.unit"),
        ),
        migrations.CreateModel(
            "Passed",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.UUIDField(db_index=True)),
                ("until", models.DateTimeField(db_index=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="areas.unit"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["source", "unit"], name="channels_passed_once")],
            },
        ),
    ]
