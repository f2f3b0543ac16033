"""SQL function of the gateway for a batch of webhooks: one statement and one commit store and queue them.

The advisory lock closes a race: a drain job fetched before this commit must not finish before it sees these rows. The
drain takes the same lock exclusively for a moment before it reads (channels/services/inbox.py).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION channels_take_in(
    channels bigint[], outside_ids text[], events text[], bodies bytea[], taken_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE fresh bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7304002);
    INSERT INTO channels_inbound (channel_id, outside_id, event, raw, received_at, state, attempts, due_at, reason)
    SELECT c, o, e, b, taken_at, 'PENDING', 0, taken_at, ''
    FROM unnest(channels, outside_ids, events, bodies) AS t(c, o, e, b)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    IF fresh > 0 THEN PERFORM kit_defer_once('intake', 'intake.drain', 'intake.drain', '{}'); END IF;
    RETURN fresh;
END $$;
"""
BACKWARD = "DROP FUNCTION channels_take_in(bigint[], text[], text[], bytea[], timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("channels", "0001_start"), ("kit", "0002_defer_once")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
