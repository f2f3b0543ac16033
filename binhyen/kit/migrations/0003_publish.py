"""Write and announce live events in one call: `kit_publish([{topics, name, data}], at)`."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION kit_publish(events jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE e record;
BEGIN
    FOR e IN
        INSERT INTO kit_liveevent (topics, name, data, at)
        SELECT ARRAY(SELECT jsonb_array_elements_text(x->'topics')), x->>'name', x->'data', moment
        FROM jsonb_array_elements(events) AS x
        RETURNING id, topics, name, data
    LOOP
        PERFORM pg_notify('binhyen_live',
            jsonb_build_object('id', e.id, 'topics', e.topics, 'name', e.name, 'data', e.data)::text);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("kit", "0002_defer_once")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION kit_publish(jsonb, timestamptz)")]
