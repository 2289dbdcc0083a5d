-- With whose rights the agent was asked for an answer: the user's own or the app's. NULL for older answers, where it is
-- unknown.
ALTER TABLE chat.messages
  ADD COLUMN asked_as text CONSTRAINT messages_asked_as CHECK (asked_as IN ('user', 'app'));
-- The turn has it from its beginning: if its process dies, another process writes the answer and must know it.
ALTER TABLE chat.turns
  ADD COLUMN asked_as text CONSTRAINT turns_asked_as CHECK (asked_as IN ('user', 'app'));
