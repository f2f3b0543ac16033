-- Write audit entries in one call and queue them for the hash chain.
-- acts: [{actor, verb, object, unit_id, detail}]. audit_waiting is a work queue and no evidence.

CREATE FUNCTION audit_record(acts jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH made AS (
        INSERT INTO audit_auditentry (at, actor, verb, object, unit_id, detail)
        SELECT moment, a->>'actor', a->>'verb', a->>'object', (a->>'unit_id')::bigint, a->'detail'
        FROM jsonb_array_elements(acts) AS a
        RETURNING id
    )
    INSERT INTO audit_waiting (entry_id) SELECT id FROM made;
END $$;
