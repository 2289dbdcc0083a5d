-- A user's standing instructions: a text of their own that agents are sent with every question. A table of its own, not a
-- column of users: who reads a shared chat sees its owner's row there. An older version of the app, which does not know it,
-- erases it with its user all the same.

CREATE TABLE chat.instructions (
    user_id    text        PRIMARY KEY REFERENCES chat.users (id) ON DELETE CASCADE,
    content    text        NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE chat.instructions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.instructions USING (chat.is_me(user_id));

-- Whether the questions of a chat are asked with them. Adding it changes no row, so it takes no time however many there are.
ALTER TABLE chat.chats ADD COLUMN uses_instructions boolean NOT NULL DEFAULT true;

-- As in 0022, and standing instructions go with their user.
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
     WHERE NOT EXISTS (SELECT FROM chat.turns WHERE turns.status = 'running' AND turns.user_id = pair.old_id);

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
