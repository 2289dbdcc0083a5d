-- The message that a new question follows. The calling statement has locked the chat, and may have waited for the lock.
-- Its own snapshot is older than the answer that it waited for. This function is VOLATILE and therefore sees that
-- answer.
CREATE FUNCTION chat.newest_message(of_chat uuid) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT messages.id FROM chat.messages
             WHERE messages.chat_id = of_chat ORDER BY messages.seq DESC LIMIT 1);
END
$$;
