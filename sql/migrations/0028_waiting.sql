-- Turns that wait for their user: the agent has asked for an approval, and no process works on them meanwhile.

ALTER TABLE chat.turns ADD COLUMN waiting_since timestamptz;
