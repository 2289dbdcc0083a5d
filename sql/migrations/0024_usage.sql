-- What is known of an answer besides what it says.

-- Why a turn failed, as a word of lib.errors; NULL for one that did not, or that ended before there was this column. It
-- is the turn's, and not the answer's as `model` is: a copy of a chat has the same answers, but asked no agent.
ALTER TABLE chat.turns ADD COLUMN failure text;
-- The model that the agent named in its answer.
ALTER TABLE chat.messages ADD COLUMN model text;
-- Of the turn, once it is known: the process that wrote the log may be dead when the turn is ended.
ALTER TABLE chat.turn_log ADD COLUMN first_event_ms integer;

-- Readers of a snapshot see the turns of the answers that they read. Of a chat that is shared live they saw all turns
-- before, and see them as they did.
ALTER POLICY reading ON chat.turns
 USING (chat.is_me(user_id)
        OR current_setting('chat.scope', true) = 'process'
        OR chat.is_open(chat_id)
        OR chat.is_message_open(id));
