-- Refuse a key copy under a destroyed key: nobody could ever read it.
-- An insert locks the row of the key, and destroying the key waits for that lock. The foreign key takes the same lock.

CREATE FUNCTION vault_key_exists() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM vault_groupkey WHERE id = NEW.group_key_id AND destroyed_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this key was destroyed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER vault_key_exists BEFORE INSERT ON vault_wrappedkey
    FOR EACH ROW EXECUTE FUNCTION vault_key_exists();
