"""Accented words beside the folded ones, so that a search returns exact matches first, however old they are."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact


WITHOUT_WORDS = Exact(Length("marked"), 0)


class Migration(migrations.Migration):
    dependencies = [("channels", "0010_sealed_copies")]

    operations = [
        migrations.AddField(
            "message", "marked", django.contrib.postgres.search.SearchVectorField(default="", db_default="")
        ),
        migrations.AddConstraint(
            "message",
            models.CheckConstraint(
                name="channels_no_words_no_marks", condition=~models.Q(folded="") | models.Q(WITHOUT_WORDS)
            ),
        ),
        migrations.AddIndex(
            "message",
            django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(in_case=False), fastupdate=True, fields=["marked"], gin_pending_list_limit=256,
                name="channels_message_marked",
            ),
        ),
    ]  # fmt: skip
