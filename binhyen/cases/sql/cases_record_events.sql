-- Write case events and mark their cases for recounting, in one call.

CREATE FUNCTION cases_record_events(input_rows jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH input AS (
        SELECT * FROM jsonb_to_recordset(input_rows)
            AS t(case_id bigint, version int, actor text, officer_id bigint, verb text, data jsonb)
    ), events AS (
        INSERT INTO cases_caseevent (case_id, version, at, actor, officer_id, verb, data)
        SELECT case_id, version, moment, actor, officer_id, verb, data FROM input
    )
    INSERT INTO cases_statsdirty (case_id) SELECT case_id FROM input;
END $$;
