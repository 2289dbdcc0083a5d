-- With whose rights the agent was asked for an answer: the person's own, or the app's. Unknown for older answers.
ALTER TABLE chat.messages
  ADD COLUMN asked_as text CONSTRAINT messages_asked_as CHECK (asked_as IN ('user', 'app'));
-- Also with the turn, from its beginning: an answer whose process died is ended by another, which did not ask.
ALTER TABLE chat.turns
  ADD COLUMN asked_as text CONSTRAINT turns_asked_as CHECK (asked_as IN ('user', 'app'));
