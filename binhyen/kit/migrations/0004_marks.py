"""A random mark identifies a live event to pages instead of its row number."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

FORWARD = """
CREATE OR REPLACE FUNCTION kit_publish(events jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE e record;
BEGIN
    FOR e IN
        INSERT INTO kit_liveevent (topics, name, data, at)
        SELECT ARRAY(SELECT jsonb_array_elements_text(x->'topics')), x->>'name', x->'data', moment
        FROM jsonb_array_elements(events) AS x
        RETURNING mark, topics, name, data
    LOOP
        PERFORM pg_notify('binhyen_live',
            jsonb_build_object('mark', e.mark, 'topics', e.topics, 'name', e.name, 'data', e.data)::text);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("kit", "0003_publish")]
    operations = [
        migrations.AddField("liveevent", "mark", models.UUIDField(db_default=RandomUUID(), editable=False)),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
