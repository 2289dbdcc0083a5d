-- Whose address changes stays who they were: the platform's own id of a person, which does not change, leads to their rows.

-- `address` is the one they had when they were last seen, folded; the id of their rows is the first one.
CREATE TABLE chat.identities (
    platform_id text        PRIMARY KEY,
    user_id     text        NOT NULL,
    address     text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX identities_by_user ON chat.identities (user_id);

ALTER TABLE chat.identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.identities USING (chat.is_me(user_id));

-- As a column, so that an index finds the spellings of an address also behind a policy.
ALTER TABLE chat.users ADD COLUMN folded_id text GENERATED ALWAYS AS (chat.folded(id)) STORED;
CREATE INDEX users_by_folded_id ON chat.users (folded_id);

-- One table more for people who are joined: the rest of the function is as it was.
DO $$
BEGIN
    EXECUTE replace(
        pg_get_functiondef(CAST('chat.join_users(text[], text[])' AS regprocedure)),
        '    DELETE FROM chat.users WHERE',
        E'    UPDATE chat.identities SET user_id = pair.new_id\n'
        '      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)\n'
        '     WHERE identities.user_id = pair.old_id;\n\n'
        '    DELETE FROM chat.users WHERE'
    );
END
$$;

-- Whose rows a visitor's are, whom the platform knows by `asked_platform_id` (NULL where it says none) and who has the
-- folded `asked_address` now (NULL where it says none), and which other ids have rows that are theirs as well: other
-- spellings of the address, which an old version of the app has left, and what was kept before the platform's id was
-- known. To be called in the scope `people`. Nothing is written for somebody who comes as they did before.
CREATE FUNCTION chat.meet(asked_platform_id text, asked_address text, OUT user_id text, OUT others text[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    known chat.identities;
BEGIN
    SELECT * INTO known FROM chat.identities WHERE identities.platform_id = asked_platform_id;
    user_id := coalesce(known.user_id, asked_address, asked_platform_id);
    IF asked_platform_id IS NOT NULL
       AND (known.platform_id IS NULL OR known.address IS DISTINCT FROM coalesce(asked_address, known.address))
       AND current_setting('transaction_read_only') = 'off' THEN
        -- One after the other: who takes over an address must see that its last owner has left it.
        PERFORM pg_advisory_xact_lock(5136007201126042);
        -- An address is its owner's, also when the platform gives them a new id; but not the rows of somebody who was
        -- seen with another address since.
        IF EXISTS (SELECT FROM chat.identities WHERE identities.user_id = asked_address)
           AND NOT EXISTS (SELECT FROM chat.identities
                            WHERE identities.user_id = asked_address AND identities.address = asked_address) THEN
            user_id := asked_platform_id;
        END IF;
        INSERT INTO chat.identities AS identity (platform_id, user_id, address)
        VALUES (asked_platform_id, user_id, asked_address)
            ON CONFLICT (platform_id) DO UPDATE
           SET address = coalesce(EXCLUDED.address, identity.address), updated_at = now()
        RETURNING identity.user_id INTO user_id;
    END IF;
    SELECT coalesce(array_agg(users.id), '{}') INTO others
      FROM chat.users
     WHERE ((users.folded_id = asked_address AND users.email IS NOT NULL) OR users.id = asked_platform_id)
       AND users.id <> meet.user_id
       AND NOT EXISTS (SELECT FROM chat.identities WHERE identities.user_id = users.id);
END
$$;
