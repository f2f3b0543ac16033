"""Replace the session keys of Django's table, which are the cookies, by their digest (kit/sessions.py).

Whoever is signed in stays signed in. Pages of the version before that still serve find no session of these any more,
and the keys that they write meanwhile stand in clear until they expire (12 hours); no page of this version reads them.
"""

from django.db import migrations

HASH = """
UPDATE django_session SET session_key = left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 40)
WHERE length(session_key) <> 40
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0008_veto_since"), ("sessions", "0001_initial")]
    operations = [migrations.RunSQL(HASH, migrations.RunSQL.noop)]
