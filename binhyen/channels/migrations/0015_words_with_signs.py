"""Words with signs in them are found by their parts, as they are typed. Writes the table anew (docs/operations.md: Upgrade)."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models
from django.db.models import F, Func, Value

SIGNS = "-./_@:,+~&<>"
PLATE, PLATE_AND_FIGURES = r"\m([0-9]{2}[a-zđ]{1,2}[0-9]?)([0-9]{5})\M", r"\1\2 \2"
TEXT = models.TextField()
BLANK = Func(F("folded"), Value(SIGNS), Value(" " * len(SIGNS)), function="translate", output_field=TEXT)
WORDS = Func(BLANK, Value(PLATE), Value(PLATE_AND_FIGURES), Value("g"), function="regexp_replace", output_field=TEXT)


class Migration(migrations.Migration):
    dependencies = [("channels", "0014_group_size")]

    operations = [
        migrations.RemoveIndex("message", "channels_message_search"),
        migrations.RemoveField("message", "search"),
        migrations.AddField(
            "message",
            "search",
            models.GeneratedField(
                expression=django.contrib.postgres.search.SearchVector(WORDS, config="simple"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            "message",
            django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(in_case=False),
                fastupdate=True,
                fields=["search"],
                gin_pending_list_limit=256,
                name="channels_message_search",
            ),
        ),
    ]
