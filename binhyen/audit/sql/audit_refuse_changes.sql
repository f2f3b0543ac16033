-- Refuse every UPDATE, DELETE and TRUNCATE on the tables of the audit log.
-- The owner of the database can drop these triggers; the hash chain shows that it was done.

CREATE FUNCTION audit_refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit book is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER audit_refuse_changes BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_refuse_changes BEFORE UPDATE OR DELETE ON audit_link
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_refuse_changes BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_refuse_changes BEFORE UPDATE OR DELETE ON audit_checkpointdelivery
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_checkpointdelivery
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_refuse_changes BEFORE UPDATE OR DELETE ON audit_check
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_changes();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_check
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_changes();
