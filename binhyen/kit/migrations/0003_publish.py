"""Write live events and announce them, in one call however many: `kit_publish([{topics, name, data}], at)`."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION kit_publish(events jsonb, moment timestamptz) RETURNS void LANGUAGE sql AS $$
    WITH fresh AS (
        INSERT INTO kit_liveevent (topics, name, data, at)
        SELECT ARRAY(SELECT jsonb_array_elements_text(e->'topics')), e->>'name', e->'data', moment
        FROM jsonb_array_elements(events) AS e
        RETURNING id, topics, name, data
    )
    SELECT FROM (SELECT count(pg_notify('binhyen_live',
        jsonb_build_object('id', id, 'topics', topics, 'name', name, 'data', data)::text)) FROM fresh) AS told
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("kit", "0002_defer_once")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION kit_publish(jsonb, timestamptz)")]
