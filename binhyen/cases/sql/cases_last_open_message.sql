-- Return the time of the last private message in each conversation that is neither sealed nor only in a case about police.
-- For the sender, which reads neither messages nor cases.

CREATE FUNCTION cases_last_open_message(talks bigint[]) RETURNS TABLE (talk bigint, at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.conversation_id, max(m.sent_at) FROM channels_message m
    WHERE m.conversation_id = ANY (talks) AND m.ciphertext IS NULL AND (
        NOT EXISTS (SELECT 1 FROM cases_casemessage l JOIN cases_case c ON c.id = l.case_id
                    WHERE l.message_id = m.id AND l.detached_at IS NULL AND c.is_restricted)
        OR EXISTS (SELECT 1 FROM cases_casemessage l JOIN cases_case c ON c.id = l.case_id
                   WHERE l.message_id = m.id AND l.detached_at IS NULL AND NOT c.is_restricted))
    GROUP BY m.conversation_id
$$;
