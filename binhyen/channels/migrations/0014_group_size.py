"""Group sizes of past days, backfilled from the remaining memberships."""

import django.db.models.deletion
from django.db import migrations, models

TELL = """
INSERT INTO channels_groupsize (group_id, day, members)
SELECT group_id, day, sum(sum(change)) OVER (PARTITION BY group_id ORDER BY day)
FROM channels_membership, LATERAL (VALUES (joined_at, 1), (left_at, -1)) AS step (at, change),
    LATERAL (SELECT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day) AS vietnam
WHERE at IS NOT NULL GROUP BY group_id, day
"""


class Migration(migrations.Migration):
    dependencies = [("channels", "0013_page_key")]

    operations = [
        migrations.CreateModel(
            name="GroupSize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("members", models.IntegerField()),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sizes", to="channels.group"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("group", "day"), name="channels_size_once")],
            },
        ),
        migrations.RunSQL(TELL, migrations.RunSQL.noop),
    ]
