-- Merge communes on their day: end the old areas and units, start the new ones, and move what follows the unit.
--
-- With the owner's rights, so that the worker gets this one operation instead of write access to twenty tables. Only a
-- planned reorganisation whose day has come is applied, and only once. Returns the number of moved rows by table.

CREATE FUNCTION stats_apply_reorganisation(plan_id bigint, today date, moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    plan areas_reorganisation%ROWTYPE;
    province areas_unit%ROWTYPE;
    new_area bigint;
    new_unit bigint;
    old_units bigint[];
    target text[];
    moved jsonb := '{}';
    number int;
    -- table, column that follows the unit
    unit_columns CONSTANT text[][] := ARRAY[
        ['people_officer', 'unit_id'], ['people_dutyshift', 'unit_id'], ['people_appointment', 'unit_id'],
        ['consents_consent', 'unit_id'], ['channels_group', 'unit_id'], ['channels_message', 'unit_id'],
        ['channels_outgoing', 'unit_id'], ['channels_textfingerprint', 'unit_id'],
        ['bulletins_bulletin', 'unit_id'], ['bulletins_manualgroup', 'unit_id'],
        ['weapons_weaponcampaign', 'unit_id'], ['procedures_procedure', 'unit_id'],
        ['stats_savedquestion', 'unit_id'], ['areas_unit', 'parent_id'],
        ['bulletins_texttemplate', 'unit_id'],
        ['missing_careregistration', 'unit_id'], ['channels_channel', 'unit_id']
    ];
    -- table, column that holds the commune of today
    commune_columns CONSTANT text[][] := ARRAY[
        ['found_founditem', 'commune_id'], ['missing_personrecord', 'commune_id'], ['missing_sighting', 'commune_id'],
        ['tips_tip', 'commune_id'], ['deeds_deed', 'commune_id'], ['aid_need', 'commune_id'],
        ['channels_group', 'area_id'], ['bulletins_manualgroup', 'area_id']
    ];
BEGIN
    SELECT * INTO plan FROM areas_reorganisation WHERE id = plan_id FOR UPDATE;
    IF plan.id IS NULL OR plan.state <> 'PLANNED' OR plan.day > today THEN
        RETURN NULL;
    END IF;
    SELECT * INTO province FROM areas_unit WHERE level = 'PROVINCE' AND valid_to IS NULL;

    UPDATE areas_areaversion SET valid_to = plan.day WHERE area_id = ANY (plan.old_areas) AND valid_to IS NULL;
    INSERT INTO areas_area (public_id, key, level, latitude, longitude, demo)
    SELECT plan.public_id, 'gop-' || plan.public_id, 3, avg(latitude), avg(longitude), false
    FROM areas_area WHERE id = ANY (plan.old_areas) RETURNING id INTO new_area;
    INSERT INTO areas_areaversion (area_id, code, type, name, full_name, name_key, search_text, parent_id, valid_from,
        legal_basis, date_quality)
    VALUES (new_area, plan.code, plan.type, plan.name, plan.full_name, plan.name_key, plan.search_text,
        province.area_id, plan.day, plan.legal_basis, 'province');
    INSERT INTO areas_succession (old_id, new_id, event_date, share, legal_basis, note)
    SELECT old, new_area, plan.day, 'WHOLE', plan.legal_basis, '' FROM unnest(plan.old_areas) AS old;
    -- People go on using the old names.
    INSERT INTO areas_alias (area_id, name, search_text, kind)
    SELECT DISTINCT ON (search_text) new_area, name, search_text, 'ALIAS' FROM (
        SELECT full_name AS name, search_text FROM areas_areaversion
        WHERE area_id = ANY (plan.old_areas) AND valid_to = plan.day
    ) AS old_names WHERE search_text <> plan.search_text ON CONFLICT DO NOTHING;
    -- A village keeps its identity and gets its new commune.
    WITH ended AS (
        UPDATE areas_areaversion v SET valid_to = plan.day FROM areas_area a
        WHERE v.area_id = a.id AND a.level = 4 AND v.parent_id = ANY (plan.old_areas) AND v.valid_to IS NULL
            AND (v.valid_from IS NULL OR v.valid_from < plan.day)
        RETURNING v.*
    )
    INSERT INTO areas_areaversion (area_id, code, type, name, full_name, name_key, search_text, parent_id, valid_from,
        legal_basis, date_quality)
    SELECT area_id, code, type, name, full_name, name_key, search_text, new_area, plan.day, plan.legal_basis,
        date_quality FROM ended;
    GET DIAGNOSTICS number = ROW_COUNT;
    moved := moved || jsonb_build_object('villages', number);

    SELECT array_agg(id) INTO old_units FROM areas_unit
    WHERE area_id = ANY (plan.old_areas) AND level = 'COMMUNE' AND valid_to IS NULL;
    UPDATE areas_unit SET valid_to = plan.day WHERE id = ANY (old_units);
    INSERT INTO areas_unit (public_id, code, name, level, parent_id, area_id, valid_from)
    VALUES (gen_random_uuid(), 'CAX-' || plan.code || '-' || to_char(plan.day, 'YYYYMMDD'), plan.unit_name, 'COMMUNE',
        province.id, new_area, plan.day) RETURNING id INTO new_unit;

    -- Open cases say in their history which unit has them now; all cases follow, so that rights do.
    INSERT INTO cases_caseevent (case_id, version, at, actor, verb, data)
    SELECT id, version + 1, moment, 'system:reorganisation', 'handed_on',
        jsonb_build_object('from', unit_id, 'to', new_unit)
    FROM cases_case WHERE unit_id = ANY (old_units) AND is_open;
    GET DIAGNOSTICS number = ROW_COUNT;
    moved := moved || jsonb_build_object('open_cases', number);
    INSERT INTO cases_statsdirty (case_id)
    SELECT id FROM cases_case WHERE unit_id = ANY (old_units) OR commune_id = ANY (plan.old_areas);
    UPDATE cases_case SET
        version = version + (is_open AND unit_id = ANY (old_units))::int,
        unit_id = CASE WHEN unit_id = ANY (old_units) THEN new_unit ELSE unit_id END,
        commune_id = CASE WHEN commune_id = ANY (plan.old_areas) THEN new_area ELSE commune_id END
    WHERE unit_id = ANY (old_units) OR commune_id = ANY (plan.old_areas);
    GET DIAGNOSTICS number = ROW_COUNT;
    moved := moved || jsonb_build_object('cases', number);

    FOREACH target SLICE 1 IN ARRAY unit_columns LOOP
        EXECUTE format('UPDATE %I SET %I = $1 WHERE %I = ANY ($2)', target[1], target[2], target[2])
            USING new_unit, old_units;
        GET DIAGNOSTICS number = ROW_COUNT;
        moved := moved || jsonb_build_object(target[1], number);
    END LOOP;
    FOREACH target SLICE 1 IN ARRAY commune_columns LOOP
        EXECUTE format('UPDATE %I SET %I = $1 WHERE %I = ANY ($2)', target[1], target[2], target[2])
            USING new_area, plan.old_areas;
    END LOOP;
    UPDATE bulletins_bulletin SET areas = (
        SELECT array_agg(DISTINCT CASE WHEN area = ANY (plan.old_areas) THEN new_area ELSE area END)
        FROM unnest(areas) AS area
    ) WHERE areas && plan.old_areas;

    UPDATE areas_reorganisation SET state = 'APPLIED', applied_at = moment, new_area_id = new_area, moved_rows = moved
    WHERE id = plan.id;
    INSERT INTO areas_revision (id, token) VALUES (1, replace(gen_random_uuid()::text, '-', ''))
    ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token;
    RETURN moved || jsonb_build_object('unit', new_unit);
END $$;
