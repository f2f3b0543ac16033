"""Mailings of issued reports."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stats", "0010_split_and_rename"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="mailing",
            name="has_reports",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RemoveConstraint(model_name="mailing", name="stats_mailing_once"),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.UniqueConstraint(
                fields=("officer", "question", "has_reports", "schedule"),
                name="stats_mailing_content_once",
                nulls_distinct=False,
            ),
        ),
    ]
