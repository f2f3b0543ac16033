"""The words with marks stand beside the folded ones, so that a search finds exact ones first however old they are."""

from importlib import import_module

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

BEFORE = import_module("binhyen.cases.migrations.0005_snippet").OPEN
OPEN = BEFORE.replace(" folded text,", " folded text, marked tsvector,").replace(
    " due_at, folded,", " due_at, folded, marked,"
)

WITHOUT_WORDS = Exact(Length("marked"), 0)


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_unit_open")]

    operations = [
        migrations.AddField(
            "case", "marked", django.contrib.postgres.search.SearchVectorField(default="", db_default="")
        ),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                name="cases_no_words_no_marks", condition=~models.Q(folded="") | models.Q(WITHOUT_WORDS)
            ),
        ),
        migrations.AddIndex(
            "case",
            django.contrib.postgres.indexes.GinIndex(
                fastupdate=True, fields=["marked"], gin_pending_list_limit=256, name="cases_marked"
            ),
        ),
        migrations.RunSQL(OPEN, BEFORE),
    ]
