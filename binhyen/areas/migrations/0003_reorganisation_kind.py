"""Kind of a reorganisation, and the villages of a split."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0002_reorganisation"),
    ]

    operations = [
        migrations.AddField(
            model_name="reorganisation",
            name="kind",
            field=models.CharField(
                choices=[("MERGE", "Nhập"), ("SPLIT", "Tách"), ("RENAME", "Đổi tên")],
                db_default="MERGE",
                default="MERGE",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="reorganisation",
            name="villages",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
    ]
