-- Also with the turn, from its beginning: an answer whose process died is ended by another, which did not ask.
ALTER TABLE chat.turns
  ADD COLUMN asked_as text CONSTRAINT turns_asked_as CHECK (asked_as IN ('user', 'app'));
