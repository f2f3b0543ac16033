"""Backfill of the accented words of existing messages: a thousand a commit, newest first.

An interrupted run continues at the next start.
"""

from django.db import connection, migrations

from binhyen.kit.search import marked

BATCH = 1000
NEXT = """
SELECT id, text FROM channels_message WHERE id < %s AND marked = '' AND text <> '' AND folded <> '' ORDER BY id DESC LIMIT %s
"""
WRITE = """
UPDATE channels_message m SET marked = v.marked::tsvector FROM unnest(%s::bigint[], %s::text[]) AS v (id, marked)
WHERE m.id = v.id
"""


def fill(apps, editor):
    last = 2**62
    with connection.cursor() as cursor:
        while True:
            cursor.execute(NEXT, [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                cursor.execute("ANALYZE channels_message")
                return
            last = rows[-1][0]
            said = [(key, marked(text)) for key, text in rows]
            with_marks = [(key, words) for key, words in said if words]
            if with_marks:
                cursor.execute(WRITE, list(map(list, zip(*with_marks, strict=True))))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("channels", "0011_marked")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
