-- Split a commune on its day: the planned villages become a new commune with a unit of its own, the rest stays.
--
-- The rule for rows: what has a village follows it; what has none stays with the old commune. Officers stay until an
-- operator moves them, so an open case loses its assignee and shows as unread in the new unit. With the owner's rights,
-- as stats_apply_reorganisation. Returns the number of moved rows, or null unless the plan is due.

CREATE FUNCTION stats_apply_split(plan_id bigint, today date, moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    plan areas_reorganisation%ROWTYPE;
    province areas_unit%ROWTYPE;
    old_area bigint;
    old_unit bigint;
    new_area bigint;
    new_unit bigint;
    places bigint[];  -- the villages, and former ones that are part of them
    moved_cases bigint[];
    moved_groups bigint[];
    name text;
    number int;
    moved jsonb := '{}';
    -- tables with a case and the commune of today
    commune_tables CONSTANT text[] := ARRAY['found_founditem', 'missing_personrecord', 'tips_tip', 'deeds_deed', 'aid_need'];
    unread_assigned CONSTANT int := 3;  -- UnreadUpdate.ASSIGNED
BEGIN
    SELECT * INTO plan FROM areas_reorganisation WHERE id = plan_id FOR UPDATE;
    IF plan.id IS NULL OR plan.state <> 'PLANNED' OR plan.kind <> 'SPLIT' OR plan.day > today THEN
        RETURN NULL;
    END IF;
    SELECT * INTO province FROM areas_unit WHERE level = 'PROVINCE' AND valid_to IS NULL;
    old_area := plan.old_areas[1];
    SELECT id INTO old_unit FROM areas_unit WHERE area_id = old_area AND level = 'COMMUNE' AND valid_to IS NULL;

    INSERT INTO areas_area (public_id, key, level, latitude, longitude, demo)
    SELECT plan.public_id, 'moi-' || plan.public_id, 3,
        coalesce(avg(v.latitude), (SELECT latitude FROM areas_area WHERE id = old_area)),
        coalesce(avg(v.longitude), (SELECT longitude FROM areas_area WHERE id = old_area)), false
    FROM areas_area v WHERE v.id = ANY (plan.villages) RETURNING id INTO new_area;
    INSERT INTO areas_areaversion (area_id, code, type, name, full_name, name_key, search_text, parent_id, valid_from,
        legal_basis, date_quality)
    VALUES (new_area, plan.code, plan.type, plan.name, plan.full_name, plan.name_key, plan.search_text,
        province.area_id, plan.day, plan.legal_basis, 'province');
    -- No succession: the old commune goes on, and each village knows its communes.
    WITH ended AS (
        UPDATE areas_areaversion v SET valid_to = plan.day FROM areas_area a
        WHERE v.area_id = a.id AND a.level = 4 AND a.id = ANY (plan.villages) AND v.valid_to IS NULL
            AND (v.valid_from IS NULL OR v.valid_from < plan.day)
        RETURNING v.*
    )
    INSERT INTO areas_areaversion (area_id, code, type, name, full_name, name_key, search_text, parent_id, valid_from,
        legal_basis, date_quality)
    SELECT area_id, code, type, ended.name, full_name, name_key, search_text, new_area, plan.day, plan.legal_basis,
        date_quality FROM ended;
    GET DIAGNOSTICS number = ROW_COUNT;
    moved := moved || jsonb_build_object('villages', number);
    WITH RECURSIVE parts (area_id) AS (
        SELECT area_id FROM areas_areaversion WHERE parent_id = new_area AND valid_to IS NULL
        UNION
        SELECT s.old_id FROM areas_succession s JOIN parts ON s.new_id = parts.area_id
        JOIN areas_area a ON a.id = s.old_id AND a.level = 4
    )
    SELECT coalesce(array_agg(area_id), '{}') INTO places FROM parts;

    INSERT INTO areas_unit (public_id, code, name, level, parent_id, area_id, valid_from)
    VALUES (gen_random_uuid(), 'CAX-' || plan.code || '-' || to_char(plan.day, 'YYYYMMDD'), plan.unit_name, 'COMMUNE',
        province.id, new_area, plan.day) RETURNING id INTO new_unit;
    UPDATE areas_unit SET parent_id = new_unit WHERE parent_id = old_unit AND area_id = ANY (places);

    SELECT coalesce(array_agg(id), '{}') INTO moved_cases FROM cases_case
    WHERE area_id = ANY (places) AND commune_id = old_area;
    INSERT INTO cases_caseevent (case_id, version, at, actor, verb, data)
    SELECT id, version + 1, moment, 'system:reorganisation', 'handed_on',
        jsonb_build_object('from', unit_id, 'to', new_unit)
    FROM cases_case WHERE id = ANY (moved_cases) AND unit_id = old_unit AND is_open;
    GET DIAGNOSTICS number = ROW_COUNT;
    moved := moved || jsonb_build_object('open_cases', number);
    INSERT INTO cases_statsdirty (case_id) SELECT unnest(moved_cases);
    UPDATE cases_case SET
        version = version + (is_open AND unit_id = old_unit)::int,
        assignee_id = CASE WHEN is_open AND unit_id = old_unit THEN NULL ELSE assignee_id END,
        unread_reason = CASE WHEN is_open AND unit_id = old_unit THEN unread_assigned ELSE unread_reason END,
        unit_id = CASE WHEN unit_id = old_unit THEN new_unit ELSE unit_id END,
        commune_id = new_area
    WHERE id = ANY (moved_cases);
    moved := moved || jsonb_build_object('cases', cardinality(moved_cases));

    WITH changed AS (
        UPDATE channels_group SET unit_id = new_unit WHERE unit_id = old_unit AND area_id = ANY (places) RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO moved_groups FROM changed;
    moved := moved || jsonb_build_object('channels_group', cardinality(moved_groups));
    UPDATE bulletins_manualgroup SET unit_id = new_unit WHERE unit_id = old_unit AND area_id = ANY (places);
    UPDATE channels_message SET unit_id = new_unit WHERE unit_id = old_unit AND (group_id = ANY (moved_groups)
        OR EXISTS (SELECT 1 FROM cases_casemessage l WHERE l.message_id = channels_message.id
            AND l.case_id = ANY (moved_cases)));
    UPDATE channels_outgoing SET unit_id = new_unit
    WHERE unit_id = old_unit AND (group_id = ANY (moved_groups) OR case_id = ANY (moved_cases));
    UPDATE consents_consent SET unit_id = new_unit WHERE unit_id = old_unit AND case_id = ANY (moved_cases);
    -- The texts of the new unit are held as those of the old one are: nobody knows whose report a fingerprint is of.
    INSERT INTO channels_textfingerprint (source, unit_id, prints, until)
    SELECT source, new_unit, prints, until FROM channels_textfingerprint WHERE unit_id = old_unit AND until > moment;
    FOREACH name IN ARRAY commune_tables LOOP
        EXECUTE format('UPDATE %I SET commune_id = $1 WHERE commune_id = $2 AND case_id = ANY ($3)', name)
            USING new_area, old_area, moved_cases;
    END LOOP;
    UPDATE bulletins_bulletin SET areas = areas || new_area WHERE areas @> ARRAY[old_area]::bigint[];

    UPDATE areas_reorganisation SET state = 'APPLIED', applied_at = moment, new_area_id = new_area, moved_rows = moved
    WHERE id = plan.id;
    INSERT INTO areas_revision (id, token) VALUES (1, replace(gen_random_uuid()::text, '-', ''))
    ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token;
    RETURN moved || jsonb_build_object('unit', new_unit);
END $$;
