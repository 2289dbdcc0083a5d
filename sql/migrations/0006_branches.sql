-- What a new question hangs on. Looked for after its chat was locked and, being VOLATILE, as things are then: the
-- statement that calls it began before, and would not see an answer that was stored while it waited for the lock.
CREATE FUNCTION chat.newest_message(of_chat uuid) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT messages.id FROM chat.messages
             WHERE messages.chat_id = of_chat ORDER BY messages.seq DESC LIMIT 1);
END
$$;
