-- Store a batch of webhooks and queue the job that reads them, in one statement and one commit.
-- doubts: '' or the reason why a person must decide whether the webhook is read.
-- The advisory lock (kit/locks.py: GATEWAY) closes a gap: a job fetched before this commit must not finish before it sees these
-- rows. The job takes the same lock exclusively for an instant before it reads (channels/services/inbox.py).

CREATE FUNCTION channels_store_webhooks(
    channels bigint[], external_ids text[], events text[], bodies bytea[], signed timestamptz[], doubts text[],
    taken_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE fresh bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7304002);
    INSERT INTO channels_inbound
        (channel_id, external_id, event, sealed_body, signed_at, received_at, state, attempts, due_at, reason)
    SELECT c, o, e, b, s, taken_at, CASE d WHEN '' THEN 'PENDING' ELSE 'DEAD' END, 0, taken_at, d
    FROM unnest(channels, external_ids, events, bodies, signed, doubts) AS t(c, o, e, b, s, d)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    IF fresh > 0 THEN PERFORM kit_defer_once('intake', 'intake.drain', 'intake.drain', '{}'); END IF;
    RETURN fresh;
END $$;
