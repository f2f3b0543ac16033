-- Return the time of the last sealed private message for each case and conversation.
-- Such a message permits replies on its own case only: a reply elsewhere would show the unit of the group that the author
-- sent more. For the sender, which reads neither messages nor cases.

CREATE FUNCTION cases_last_sealed_message(cases bigint[]) RETURNS TABLE (case_id bigint, talk bigint, at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT l.case_id, m.conversation_id, max(m.sent_at) FROM cases_casemessage l
    JOIN channels_message m ON m.id = l.message_id JOIN cases_case c ON c.id = l.case_id
    WHERE l.case_id = ANY (cases) AND l.detached_at IS NULL AND NOT c.is_restricted
        AND m.ciphertext IS NOT NULL AND m.conversation_id IS NOT NULL
    GROUP BY l.case_id, m.conversation_id
$$;
