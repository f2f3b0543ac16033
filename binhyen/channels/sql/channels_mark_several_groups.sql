-- Keep channels_membership.in_several_groups: set on the present memberships of a person who is in several groups, so
-- that people who are in two groups of an audience are counted without reading everybody else's rows.

CREATE FUNCTION channels_mark_several_groups() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person bigint;
    people bigint[];
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN people := ARRAY[NEW.reporter_id];
        WHEN 'DELETE' THEN people := ARRAY[OLD.reporter_id];
        ELSE people := ARRAY[OLD.reporter_id, NEW.reporter_id];
    END CASE;
    FOR person IN SELECT DISTINCT unnest(people) ORDER BY 1 LOOP
        -- One after the other: of two transactions that each add a group neither would see the other's.
        PERFORM FROM vault_reporter WHERE id = person FOR NO KEY UPDATE;
        UPDATE channels_membership AS m SET in_several_groups = NOT m.in_several_groups
        FROM (
            SELECT count(*) > 1 AS several FROM channels_membership
            WHERE reporter_id = person AND left_at IS NULL AND asked_at IS NULL
        ) AS present
        WHERE m.reporter_id = person AND m.left_at IS NULL AND m.asked_at IS NULL
            AND m.in_several_groups <> present.several;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER channels_membership_added AFTER INSERT ON channels_membership
    FOR EACH ROW WHEN (NEW.left_at IS NULL AND NEW.asked_at IS NULL) EXECUTE FUNCTION channels_mark_several_groups();

CREATE TRIGGER channels_membership_deleted AFTER DELETE ON channels_membership
    FOR EACH ROW WHEN (OLD.left_at IS NULL AND OLD.asked_at IS NULL) EXECUTE FUNCTION channels_mark_several_groups();

CREATE TRIGGER channels_membership_changed AFTER UPDATE OF reporter_id, left_at, asked_at ON channels_membership
    FOR EACH ROW WHEN (
        OLD.reporter_id <> NEW.reporter_id
        OR (OLD.left_at IS NULL AND OLD.asked_at IS NULL) <> (NEW.left_at IS NULL AND NEW.asked_at IS NULL)
    ) EXECUTE FUNCTION channels_mark_several_groups();

-- The rows of earlier versions.
UPDATE channels_membership AS m SET in_several_groups = true
WHERE m.left_at IS NULL AND m.asked_at IS NULL AND EXISTS (
    SELECT FROM channels_membership AS other
    WHERE other.reporter_id = m.reporter_id AND other.id <> m.id AND other.left_at IS NULL AND other.asked_at IS NULL
);
