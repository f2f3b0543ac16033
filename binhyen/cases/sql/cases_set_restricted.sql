-- Set cases.is_restricted on every complaint about police, whichever statement writes the row.

CREATE FUNCTION cases_set_restricted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.is_restricted := true; RETURN NEW; END $$;

CREATE TRIGGER cases_set_restricted BEFORE INSERT OR UPDATE ON cases_case
    FOR EACH ROW WHEN (NEW.kind = 'conduct' AND NOT NEW.is_restricted) EXECUTE FUNCTION cases_set_restricted();
