"""Cases of before are found by their titles as those opened since: a thousand a commit, the newest first, each row locked
while its own batch is written. What is cut short goes on at the next start: read anew, written only where words lack.

Complaints and what was forgotten are found by nothing. A title, place or state that changes meanwhile has the last word.
"""

from django.db import connection, migrations

from binhyen.kit.search import marked
from binhyen.kit.text import fold

BATCH, SEARCHED = 1000, 20_000
NEXT = """
SELECT id, title, folded, marked::text FROM cases_case
WHERE id < %s AND NOT apart AND forgotten_at IS NULL ORDER BY id DESC LIMIT %s
"""
WRITE = """
UPDATE cases_case c SET folded = left(concat_ws(' ', v.folded, nullif(c.folded, '')), %s), marked = c.marked || v.marked::tsvector
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS v (id, title, folded, marked)
WHERE c.id = v.id AND c.title = v.title AND NOT c.apart AND c.forgotten_at IS NULL
"""


def lacking(title, folded, marks):
    """Words of the title that the row is not found by, without and with marks."""
    known, known_marks = set(folded.split()), set(marks.replace("'", "").split())
    plain = " ".join(word for word in dict.fromkeys(fold(title).split()) if word not in known)
    return plain, " ".join(word for word in marked(title).split() if word not in known_marks)


def fill(apps, editor):
    last, written = 2**62, 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(NEXT, [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                if written:
                    cursor.execute("ANALYZE cases_case")
                return
            last = rows[-1][0]
            found = [(key, title, *lacking(title, folded, marks)) for key, title, folded, marks in rows]
            new = [row for row in found if row[2] or row[3]]
            if new:
                cursor.execute(WRITE, [SEARCHED, *map(list, zip(*new, strict=True))])
                written += len(new)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0026_follows")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
