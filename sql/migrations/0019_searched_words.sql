-- A search works its words out once. So far each of its statements did, several times: half a millisecond each time.

-- In the scopes `words` (of messages) and `title words` the setting chat.search holds a tsquery, as chat.asked() gives it.
-- An older version of the app that still runs sends what was typed, in the other scopes.
CREATE OR REPLACE FUNCTION chat.searched() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    asked text := current_setting('chat.search', true);
BEGIN
    IF asked IS NULL OR asked = '' THEN
        RETURN NULL;
    END IF;
    CASE current_setting('chat.scope', true)
        WHEN 'words' THEN RETURN CAST(asked AS tsquery);
        WHEN 'title words' THEN RETURN NULL;
        ELSE RETURN chat.words(asked);
    END CASE;
END
$$;

CREATE OR REPLACE FUNCTION chat.searched_titles() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    asked text := current_setting('chat.search', true);
BEGIN
    IF asked IS NULL OR asked = '' THEN
        RETURN NULL;
    END IF;
    CASE current_setting('chat.scope', true)
        WHEN 'title words' THEN RETURN CAST(asked AS tsquery);
        WHEN 'titles' THEN RETURN chat.asked(asked, false);
        WHEN 'similar' THEN RETURN chat.asked(asked, true);
        ELSE RETURN NULL;
    END CASE;
END
$$;
