-- Refuse every UPDATE, DELETE and TRUNCATE on case events: they are append-only.

CREATE FUNCTION cases_event_refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'case events are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER cases_event_refuse_changes BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION cases_event_refuse_changes();
CREATE TRIGGER cases_events_stay BEFORE TRUNCATE ON cases_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION cases_event_refuse_changes();
