-- Summaries of what an agent is no longer sent of a long chat. A summary covers its branch up to its message, so it holds for
-- every branch through that message. Not a column of messages: readers of a shared chat see its messages, but not what
-- was made of them for the agent. An older version of the app, which does not know it, deletes it with its message all
-- the same. Without a foreign key to its chat: its message has one, and a second lock of the chat, taken after that of
-- the message, could meet a deletion of the chat that locks them the other way round.

CREATE TABLE chat.summaries (
    message_id uuid        PRIMARY KEY REFERENCES chat.messages (id) ON DELETE CASCADE,
    chat_id    uuid        NOT NULL,
    user_id    text        NOT NULL,
    content    text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX summaries_of_chat ON chat.summaries (chat_id);
CREATE INDEX summaries_by_user ON chat.summaries (user_id);

ALTER TABLE chat.summaries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.summaries USING (chat.is_me(user_id));

-- The summary nearest to the end of a branch, and how far from that its message is: 1 is the leaf itself. The walk ends
-- there, and does not begin in a chat without summaries.
CREATE FUNCTION chat.summary_of_branch(of_chat uuid, leaf uuid, owner text)
RETURNS TABLE (message_id uuid, content text, depth integer) LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    summarised CONSTANT uuid[] := ARRAY(SELECT summaries.message_id FROM chat.summaries
                                         WHERE summaries.chat_id = of_chat AND summaries.user_id = owner);
BEGIN
    IF summarised = '{}' THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH RECURSIVE path AS (
        SELECT messages.id, messages.parent_id, 1 AS depth
          FROM chat.messages
         WHERE messages.id = leaf AND messages.chat_id = of_chat
     UNION ALL
        SELECT messages.id, messages.parent_id, path.depth + 1
          FROM path
          JOIN chat.messages ON messages.id = path.parent_id
         WHERE messages.chat_id = of_chat AND path.id <> ALL (summarised)
    )
    SELECT summaries.message_id, summaries.content, path.depth
      FROM path
      JOIN chat.summaries ON summaries.message_id = path.id
     WHERE summaries.user_id = owner
     LIMIT 1;
END
$$;

-- As in 0026, and summaries go with the owner of their messages. A turn that waits for its user is in the way no longer: no
-- process writes to it.
CREATE OR REPLACE FUNCTION chat.join_users(old_ids text[], new_ids text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked CONSTANT integer := cardinality(old_ids);
BEGIN
    -- Whoever begins a turn or copies a chat touches their row here first: until this is done they wait. So no chat
    -- comes to an old id meanwhile, to be deleted with it.
    PERFORM FROM chat.users WHERE users.id = ANY (old_ids || new_ids) ORDER BY users.id FOR UPDATE;
    SELECT coalesce(array_agg(pair.old_id), '{}'), coalesce(array_agg(pair.new_id), '{}')
      INTO old_ids, new_ids
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE NOT EXISTS (SELECT FROM chat.turns
                        WHERE turns.status = 'running' AND turns.waiting_since IS NULL AND turns.user_id = pair.old_id);

    INSERT INTO chat.users AS known (id, email, name, created_at, last_seen_at)
    SELECT pair.new_id, (array_agg(users.email ORDER BY users.last_seen_at DESC))[1],
           (array_agg(users.name ORDER BY users.last_seen_at DESC))[1], min(users.created_at), max(users.last_seen_at)
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
      JOIN chat.users ON users.id = pair.old_id
     GROUP BY pair.new_id
        ON CONFLICT (id) DO UPDATE
       SET email = CASE WHEN EXCLUDED.last_seen_at > known.last_seen_at THEN EXCLUDED.email ELSE known.email END,
           name = CASE WHEN EXCLUDED.last_seen_at > known.last_seen_at THEN EXCLUDED.name ELSE known.name END,
           created_at = least(known.created_at, EXCLUDED.created_at),
           last_seen_at = greatest(known.last_seen_at, EXCLUDED.last_seen_at);

    UPDATE chat.chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE chats.user_id = pair.old_id;
    UPDATE chat.turns SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE turns.user_id = pair.old_id;
    UPDATE chat.messages SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE messages.user_id = pair.old_id;
    UPDATE chat.files SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE files.user_id = pair.old_id;

    UPDATE chat.charts SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE charts.user_id = pair.old_id;
    UPDATE chat.summaries SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE summaries.user_id = pair.old_id;

    -- Of several texts of one person the last counts.
    DELETE FROM chat.instructions
     USING (SELECT instructions.user_id,
                   row_number() OVER (PARTITION BY coalesce(pair.new_id, instructions.user_id)
                                          ORDER BY instructions.updated_at DESC, instructions.user_id) AS place
              FROM chat.instructions
              LEFT JOIN unnest(old_ids, new_ids) AS pair (old_id, new_id) ON pair.old_id = instructions.user_id
             WHERE instructions.user_id = ANY (old_ids || new_ids)) AS written_by_one
     WHERE instructions.user_id = written_by_one.user_id
       AND written_by_one.place > 1;
    UPDATE chat.instructions SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE instructions.user_id = pair.old_id;

    -- Of several votes of one person on one answer the last counts.
    DELETE FROM chat.votes
     USING (SELECT votes.message_id, votes.user_id,
                   row_number() OVER (PARTITION BY votes.message_id, coalesce(pair.new_id, votes.user_id)
                                          ORDER BY votes.updated_at DESC, votes.user_id) AS place
              FROM chat.votes
              LEFT JOIN unnest(old_ids, new_ids) AS pair (old_id, new_id) ON pair.old_id = votes.user_id
             WHERE votes.user_id = ANY (old_ids || new_ids)) AS cast_by_one
     WHERE votes.message_id = cast_by_one.message_id
       AND votes.user_id = cast_by_one.user_id
       AND cast_by_one.place > 1;
    UPDATE chat.votes SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE votes.user_id = pair.old_id;

    UPDATE chat.assessments SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE assessments.user_id = pair.old_id;

    INSERT INTO chat.daily_counts AS known (user_id, day, agent, figure, name, count)
    SELECT pair.new_id, daily_counts.day, daily_counts.agent, daily_counts.figure, daily_counts.name,
           sum(daily_counts.count)
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
      JOIN chat.daily_counts ON daily_counts.user_id = pair.old_id
     GROUP BY pair.new_id, daily_counts.day, daily_counts.agent, daily_counts.figure, daily_counts.name
        ON CONFLICT (user_id, day, agent, figure, name) DO UPDATE
       SET count = known.count + EXCLUDED.count;
    DELETE FROM chat.daily_counts WHERE daily_counts.user_id = ANY (old_ids);

    UPDATE chat.moves SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE moves.user_id = pair.old_id;
    UPDATE chat.identities SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE identities.user_id = pair.old_id;
    UPDATE chat.deleted_chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE deleted_chats.user_id = pair.old_id;

    DELETE FROM chat.users WHERE users.id = ANY (old_ids);
    RETURN cardinality(old_ids) = asked;
END
$$;
