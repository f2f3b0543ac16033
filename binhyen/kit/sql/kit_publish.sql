-- Write live events and notify the listeners, in one call. events: [{topics, name, data}].
-- Listeners get the random mark of an event instead of its row number, which would tell how much happens.

CREATE FUNCTION kit_publish(events jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
