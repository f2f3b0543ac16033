"""Signs of life of periodic work, and jumps of clocks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kit", "0004_marks")]
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("beats", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("stepped_at", models.DateTimeField(null=True)),
                ("stepped_by", models.FloatField(default=0)),
            ],
        ),
    ]
