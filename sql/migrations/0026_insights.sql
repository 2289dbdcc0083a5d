-- What the Insights page shows: counts of ended days, kept as sums; a scope for those of everybody; and who may read what
-- of votes against an answer.

-- One count of one UTC day. `user_id` is '' in the counts of everybody together, which are no user's (see chat.is_me).
-- `name` tells apart what has one: tools, causes of failures, and the buckets of times (chat.bucket). A count of an ended
-- day stays when the chats of that day are deleted; it goes with its user.
CREATE TABLE chat.daily_counts (
    user_id text   NOT NULL,
    day     date   NOT NULL,
    agent   text   NOT NULL,
    figure  text   NOT NULL,
    name    text   NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (user_id, day, agent, figure, name)
);
CREATE INDEX daily_counts_by_day ON chat.daily_counts (day);

-- The days whose counts are kept, and when they were last counted. It is about nobody, so it has no policies.
CREATE TABLE chat.counted_days (
    day        date        PRIMARY KEY,
    counted_at timestamptz NOT NULL
);

-- The agent whose answer was voted on, '' if unknown, so that votes can be counted without a look at answers. It stays NULL
-- in a vote that was imported, which was not cast here and does not count.
ALTER TABLE chat.votes ADD COLUMN agent text;
ALTER TABLE chat.votes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.messages NO FORCE ROW LEVEL SECURITY;
UPDATE chat.votes SET agent = coalesce(messages.agent, '') FROM chat.messages WHERE messages.id = votes.message_id;
ALTER TABLE chat.votes FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.messages FORCE ROW LEVEL SECURITY;

CREATE INDEX turns_by_start ON chat.turns (started_at);
CREATE INDEX votes_by_update ON chat.votes (updated_at);
CREATE INDEX votes_against ON chat.votes (updated_at) WHERE NOT is_upvoted;

-- Two more scopes (see 0004), both for reading. The app uses them only for a user of ADMIN_USERS.
--   aggregates  the counts of everybody together, and nothing of anybody
--   against     votes against answers; never a message, a chat or a user
ALTER TABLE chat.daily_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.daily_counts USING (chat.is_me(user_id));
CREATE POLICY of_everybody ON chat.daily_counts FOR SELECT
 USING (user_id = '' AND current_setting('chat.scope', true) = 'aggregates');
CREATE POLICY against ON chat.votes FOR SELECT
 USING (NOT is_upvoted AND current_setting('chat.scope', true) = 'against');

-- Times are counted in buckets, each a tenth wider than the one before: whoever takes the middle of a bucket is at most 5 %
-- off. Unlike percentiles, the buckets of several days and agents can be added up. These functions are such that the
-- planner can write out their calls: calling them for each answer would take longer than everything else.
CREATE FUNCTION chat.bucket(milliseconds double precision) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CAST(CAST(floor(ln(milliseconds + 1) / ln(CAST(1.1 AS double precision))) AS integer) AS text);

CREATE FUNCTION chat.bucket_middle(bucket integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CAST(power(CAST(1.1 AS double precision), bucket + 0.5) - 1 AS bigint);

-- A count of tokens. What agents send is not checked: what is no number is NULL.
CREATE FUNCTION chat.tokens(count jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(count) = 'number'
            THEN CAST(LEAST(GREATEST(CAST(count AS numeric), 0), 1e12) AS bigint) END;

-- Whether a tool failed, by its output: as lib/messages/tool_failure.py decides it.
CREATE FUNCTION chat.is_tool_failure(output text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    data jsonb;
BEGIN
    IF output !~ '"error"|"isError"|"FAILED"' OR output !~ '^\s*\{' THEN
        RETURN false;
    END IF;
    data := CAST(replace(output, '\u0000', '\ufffd') AS jsonb);  -- which jsonb cannot hold
    RETURN coalesce(data -> 'error' NOT IN ('null', 'false', '0', '""', '[]', '{}'), false)
        OR coalesce(data -> 'isError' = 'true', false)
        OR (data ? 'statement_id' AND coalesce(data #>> '{status,state}' = 'FAILED', false));
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN false;
END
$$;

-- What is counted of the days from `since` to before `before`: of one user, of everybody together where `of_user` is '',
-- or, where it is NULL, of each user and of everybody. A question counts on the day on which it was asked, and so does all
-- that is known of its answer. A vote counts on the day on which it was cast or last changed. What was imported was not
-- asked here and does not count.
-- In the scope `aggregates` it looks at all rows, and gives nothing but the sums of everybody together. It puts back the
-- scope as in 0022.
CREATE FUNCTION chat.counts_between(since date, before date, of_user text)
RETURNS TABLE (user_id text, day date, agent text, figure text, name text, count bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
    since_time CONSTANT timestamptz := CAST(since AS timestamp) AT TIME ZONE 'UTC';
    before_time CONSTANT timestamptz := CAST(before AS timestamp) AT TIME ZONE 'UTC';
BEGIN
    IF scope = 'aggregates' AND of_user = '' THEN
        PERFORM set_config('chat.scope', 'people', true);
    END IF;
    RETURN QUERY
    -- Only what is counted is kept of an answer, and its parts only where a tool was used: the rows of a busy day fit in memory.
    WITH turn AS MATERIALIZED (
        SELECT CASE WHEN of_user = '' THEN '' ELSE turns.user_id END AS user_id, turns.user_id AS asked_by,
               CAST(turns.started_at AT TIME ZONE 'UTC' AS date) AS day, coalesce(turns.agent, '') AS agent,
               turns.status, turns.first_event_ms, coalesce(turns.failure, turns.status) AS cause,
               date_part('epoch', turns.ended_at - turns.started_at) * 1000 AS duration_ms,
               coalesce(messages.trace_id, '') = '' AS is_untraced,
               chat.tokens(coalesce(messages.usage -> 'input_tokens', messages.usage -> 'prompt_tokens',
                                    messages.usage -> 'promptTokenCount', messages.usage -> 'prompt_token_count'))
                   AS input_tokens,
               chat.tokens(coalesce(messages.usage -> 'output_tokens', messages.usage -> 'completion_tokens',
                                    messages.usage -> 'candidatesTokenCount', messages.usage -> 'candidates_token_count'))
                   AS output_tokens,
               CASE WHEN messages.parts @> '[{"type": "tool_call"}]' THEN messages.parts END AS parts
          FROM chat.turns
          LEFT JOIN chat.messages ON messages.id = turns.id
         WHERE turns.started_at >= since_time
           AND turns.started_at < before_time
           AND turns.owner <> 'import'
           AND (of_user IS NULL OR of_user = '' OR turns.user_id = of_user)
    ), summed AS (
        SELECT turn.user_id, turn.day, turn.agent, count(1) AS questions,
               count(1) FILTER (WHERE turn.status = 'complete') AS complete,
               count(1) FILTER (WHERE turn.status = 'stopped') AS stopped,
               count(1) FILTER (WHERE turn.status = 'interrupted') AS interrupted,
               count(1) FILTER (WHERE turn.status = 'failed') AS failed,
               count(1) FILTER (WHERE turn.status = 'complete' AND turn.is_untraced) AS untraced,
               sum(turn.input_tokens) AS input_tokens, sum(turn.output_tokens) AS output_tokens
          FROM turn
         GROUP BY turn.user_id, turn.day, turn.agent
    ), counted AS MATERIALIZED (
        SELECT summed.user_id, summed.day, summed.agent, one.figure, '' AS name, one.count
          FROM summed
         CROSS JOIN LATERAL (VALUES ('questions', summed.questions), ('complete', summed.complete),
                                    ('stopped', summed.stopped), ('interrupted', summed.interrupted),
                                    ('failed', summed.failed), ('untraced', summed.untraced),
                                    ('input_tokens', CAST(summed.input_tokens AS bigint)),
                                    ('output_tokens', CAST(summed.output_tokens AS bigint))) AS one (figure, count)
         WHERE one.count > 0
         UNION ALL
        SELECT turn.user_id, turn.day, turn.agent, 'first_word', chat.bucket(turn.first_event_ms), count(1)
          FROM turn
         WHERE turn.first_event_ms IS NOT NULL
         GROUP BY turn.user_id, turn.day, turn.agent, chat.bucket(turn.first_event_ms)
         UNION ALL
        SELECT turn.user_id, turn.day, turn.agent, 'duration', chat.bucket(turn.duration_ms), count(1)
          FROM turn
         WHERE turn.status = 'complete'
           AND turn.duration_ms IS NOT NULL
         GROUP BY turn.user_id, turn.day, turn.agent, chat.bucket(turn.duration_ms)
         UNION ALL
        SELECT turn.user_id, turn.day, turn.agent, 'failure', turn.cause, count(1)
          FROM turn
         WHERE turn.status IN ('failed', 'interrupted')
         GROUP BY turn.user_id, turn.day, turn.agent, turn.cause
         UNION ALL
        SELECT turn.user_id, turn.day, turn.agent, used.figure, left(call.part ->> 'name', 200), count(1)
          FROM turn
         CROSS JOIN LATERAL jsonb_array_elements(turn.parts) AS call (part)
         CROSS JOIN LATERAL (
                SELECT 'tool' AS figure
                 UNION ALL
                SELECT 'tool_failure'
                 WHERE EXISTS (SELECT FROM jsonb_array_elements(turn.parts) AS result (part)
                                WHERE result.part ->> 'type' = 'tool_result'
                                  AND result.part ->> 'call_id' = call.part ->> 'id'
                                  AND chat.is_tool_failure(result.part ->> 'output'))) AS used
         WHERE call.part ->> 'type' = 'tool_call'
           AND call.part ->> 'name' IS NOT NULL
         GROUP BY turn.user_id, turn.day, turn.agent, used.figure, left(call.part ->> 'name', 200)
         UNION ALL
        SELECT CASE WHEN of_user = '' THEN '' ELSE votes.user_id END AS voted_by,
               CAST(votes.updated_at AT TIME ZONE 'UTC' AS date) AS day_of_vote, votes.agent,
               CASE WHEN votes.is_upvoted THEN 'upvotes' ELSE 'downvotes' END, '', count(1)
          FROM chat.votes
         WHERE votes.updated_at >= since_time
           AND votes.updated_at < before_time
           AND votes.agent IS NOT NULL
           AND (of_user IS NULL OR of_user = '' OR votes.user_id = of_user)
         GROUP BY voted_by, day_of_vote, votes.agent, votes.is_upvoted
    )
    SELECT counted.user_id, counted.day, counted.agent, counted.figure, counted.name, counted.count
      FROM counted
     WHERE of_user IS DISTINCT FROM ''
     UNION ALL
    SELECT '', counted.day, counted.agent, counted.figure, counted.name, CAST(sum(counted.count) AS bigint)
      FROM counted
     WHERE coalesce(of_user, '') = ''
     GROUP BY counted.day, counted.agent, counted.figure, counted.name
     UNION ALL
    SELECT '', turn.day, coalesce(turn.agent, ''), CASE WHEN GROUPING(turn.agent) = 1 THEN 'users' ELSE 'agent_users' END,
           '', count(DISTINCT turn.asked_by)
      FROM turn
     WHERE coalesce(of_user, '') = ''
     GROUP BY GROUPING SETS ((turn.day), (turn.day, turn.agent));
    PERFORM set_config('chat.scope', scope, true);
END
$$;

-- As in 0021, and assessments go with their votes, standing instructions (0023) with their user, and the counts of one
-- person are added up.
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
