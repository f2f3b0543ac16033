-- Record read access without waiting for the disk: a power failure may lose the last half second.

CREATE FUNCTION audit_read(acts jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM audit_record(acts, moment);
END $$;
