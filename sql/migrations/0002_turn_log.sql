-- What the agents have sent so far for running turns. Other processes follow an answer here, and what a process that
-- dies has written here is not lost.

-- `chunks` holds messages of the agent, each as JSON on a line of its own. They are numbered; first_seq is the number
-- of the first.
CREATE TABLE chat.turn_log (
    turn_id   uuid    NOT NULL REFERENCES chat.turns (id) ON DELETE CASCADE,
    first_seq integer NOT NULL,
    chunks    text    NOT NULL,
    PRIMARY KEY (turn_id, first_seq)
) WITH (
    -- A row lives for seconds or minutes, so the table is small and its dead rows are many: vacuum after a fixed number of
    -- changes, since a share of such a table says little.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 10000,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 2000
);

CREATE INDEX turns_running_by_owner ON chat.turns (owner) WHERE status = 'running';
CREATE INDEX turns_running_by_heartbeat ON chat.turns (heartbeat_at) WHERE status = 'running';
