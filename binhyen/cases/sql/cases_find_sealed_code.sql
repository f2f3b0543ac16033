-- Return the code of the case to which a sealed group message belongs. The custody process may read nothing else of it.

CREATE FUNCTION cases_find_sealed_code(message uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT c.code::text FROM channels_message m
    JOIN cases_casemessage l ON l.message_id = m.id AND l.detached_at IS NULL
    JOIN cases_case c ON c.id = l.case_id
    WHERE m.public_id = message AND m.lock_id IS NOT NULL AND NOT c.is_restricted
    ORDER BY l.id LIMIT 1
$$;
