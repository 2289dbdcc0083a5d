-- What running turns have said so far, so that other processes can follow and a crash loses next to nothing.

-- chunks holds the agent's messages, one JSON text a line, numbered from first_seq.
CREATE TABLE chat.turn_log (
    turn_id   uuid    NOT NULL REFERENCES chat.turns (id) ON DELETE CASCADE,
    first_seq integer NOT NULL,
    chunks    text    NOT NULL,
    PRIMARY KEY (turn_id, first_seq)
) WITH (
    -- Every row lives for seconds: vacuum by count, not by share of a table that is mostly empty.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 10000,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 2000
);

CREATE INDEX turns_running_by_owner ON chat.turns (owner) WHERE status = 'running';
CREATE INDEX turns_running_by_heartbeat ON chat.turns (heartbeat_at) WHERE status = 'running';
