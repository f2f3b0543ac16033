-- Give a commune and its police unit another name, type or code on its day. The area and the unit stay the same.
--
-- With the owner's rights, as stats_apply_reorganisation. Returns null unless the plan is due.

CREATE FUNCTION stats_apply_rename(plan_id bigint, today date, moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    plan areas_reorganisation%ROWTYPE;
    old_area bigint;
    old_unit bigint;
BEGIN
    SELECT * INTO plan FROM areas_reorganisation WHERE id = plan_id FOR UPDATE;
    IF plan.id IS NULL OR plan.state <> 'PLANNED' OR plan.kind <> 'RENAME' OR plan.day > today THEN
        RETURN NULL;
    END IF;
    old_area := plan.old_areas[1];
    WITH ended AS (
        UPDATE areas_areaversion SET valid_to = plan.day WHERE area_id = old_area AND valid_to IS NULL RETURNING *
    )
    INSERT INTO areas_areaversion (area_id, code, type, name, full_name, name_key, search_text, parent_id, valid_from,
        legal_basis, date_quality)
    SELECT area_id, plan.code, plan.type, plan.name, plan.full_name, plan.name_key, plan.search_text, parent_id,
        plan.day, plan.legal_basis, 'province' FROM ended;
    -- People go on using the old name.
    INSERT INTO areas_alias (area_id, name, search_text, kind)
    SELECT old_area, full_name, search_text, 'ALIAS' FROM areas_areaversion
    WHERE area_id = old_area AND valid_to = plan.day AND search_text <> plan.search_text ON CONFLICT DO NOTHING;
    UPDATE areas_unit SET name = plan.unit_name
    WHERE area_id = old_area AND level = 'COMMUNE' AND valid_to IS NULL RETURNING id INTO old_unit;

    UPDATE areas_reorganisation SET state = 'APPLIED', applied_at = moment, new_area_id = old_area WHERE id = plan.id;
    INSERT INTO areas_revision (id, token) VALUES (1, replace(gen_random_uuid()::text, '-', ''))
    ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token;
    RETURN jsonb_build_object('unit', old_unit);
END $$;
