"""Lost and found cases that were linked are one thing from here on (`Relation.Kind.MATCH`)."""

from django.db import migrations, models

FILL = """
UPDATE cases_relation r SET kind = 'MATCH' FROM cases_case a, cases_case b
WHERE r.kind = 'RELATED' AND a.id = r.case_id AND b.id = r.other_id AND NOT (a.sensitive OR b.sensitive OR a.apart OR b.apart)
    AND a.category IN ('lost_item', 'found_item') AND b.category IN ('lost_item', 'found_item') AND a.category <> b.category
"""
BACK = "UPDATE cases_relation SET kind = 'RELATED' WHERE kind = 'MATCH'"


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_marked_words")]
    operations = [
        migrations.AlterField(
            "relation", "kind",
            models.CharField(
                choices=[
                    ("RELATED", "Liên quan"), ("SAME_PERSON", "Cùng đối tượng"), ("DUPLICATE", "Có thể trùng"),
                    ("MATCH", "Đã khớp"),
                ],
                max_length=12,
            ),
        ),
        migrations.RunSQL(FILL, BACK),
    ]
