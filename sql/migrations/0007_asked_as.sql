-- With whose rights the agent was asked for an answer: the person's own, or the app's. Unknown for older answers.
ALTER TABLE chat.messages
  ADD COLUMN asked_as text CONSTRAINT messages_asked_as CHECK (asked_as IN ('user', 'app'));
