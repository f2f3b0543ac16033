-- Set cases.apart on every complaint about police, whichever statement writes the row.

CREATE FUNCTION cases_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.apart := true; RETURN NEW; END $$;

CREATE TRIGGER cases_apart BEFORE INSERT OR UPDATE ON cases_case
    FOR EACH ROW WHEN (NEW.kind = 'conduct' AND NOT NEW.apart) EXECUTE FUNCTION cases_apart();
