-- Return whether a case no longer belongs to the unit that asked about it. For the custody process, which reads no case.

CREATE FUNCTION cases_exists_elsewhere(wanted text, unit bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM cases_case WHERE code = wanted AND (is_restricted OR unit_id <> unit))
$$;
