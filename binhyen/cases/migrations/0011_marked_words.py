"""Cases that are there already get their words with marks: a thousand a commit, the newest first. What is cut short goes
on at the next start. Only words that the case is found by: of a tip in a group it does not keep what was told.
"""

import re

from django.db import connection, migrations

from binhyen.kit.search import marked
from binhyen.kit.text import fold

BATCH = 1000
NEXT = """
SELECT c.id, c.folded, concat_ws(' ', c.title, c.place, (
    SELECT string_agg(m.text, ' ') FROM cases_casemessage l JOIN channels_message m ON m.id = l.message_id
    WHERE l.case_id = c.id AND l.detached_at IS NULL))
FROM cases_case c WHERE c.id < %s AND c.marked = '' AND c.folded <> '' ORDER BY c.id DESC LIMIT %s
"""
WRITE = """
UPDATE cases_case c SET marked = v.marked::tsvector FROM unnest(%s::bigint[], %s::text[]) AS v (id, marked)
WHERE c.id = v.id
"""


def kept(folded, said):
    found = set(re.findall(r"[^\W_]+", folded))
    return " ".join(word for word in marked(said).split() if fold(word) in found)


def fill(apps, editor):
    last = 2**62
    with connection.cursor() as cursor:
        while True:
            cursor.execute(NEXT, [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                cursor.execute("ANALYZE cases_case")
                return
            last = rows[-1][0]
            said = [(key, kept(folded, text)) for key, folded, text in rows]
            with_marks = [(key, words) for key, words in said if words]
            if with_marks:
                cursor.execute(WRITE, list(map(list, zip(*with_marks, strict=True))))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0010_marked"), ("channels", "0002_take_in")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
