-- Return whether a person has reported police conduct.

CREATE FUNCTION cases_told_of_police(person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM cases_report r JOIN cases_case c ON c.id = r.case_id
                   WHERE r.reporter_id = person AND (c.kind = 'conduct' OR c.category = 'officer_complaint'))
$$;
