-- fragment: own_answer
-- An answer in a chat of the user's. The lock makes a deletion of the chat wait until its chart is there.
own_answer AS MATERIALIZED (
    SELECT messages.id
      FROM chat.messages
      JOIN chat.chats ON chats.id = messages.chat_id
     WHERE messages.id = :message_id
       AND messages.chat_id = :chat_id
       AND messages.user_id = :user_id
       AND messages.role = 'assistant'
       AND chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       FOR KEY SHARE OF messages
);

-- name: save_chart
-- Keep the chart that the owner of an answer has chosen. It replaces the one that was kept.
WITH {own_answer}
INSERT INTO chat.charts (message_id, user_id, chart)
SELECT own_answer.id, :user_id, CAST(:chart AS jsonb)
  FROM own_answer
    ON CONFLICT (message_id) DO UPDATE
   SET chart = EXCLUDED.chart
RETURNING charts.message_id;

-- name: delete_chart
-- Show the result of an answer as a table again. A row if the user has such an answer, whether or not it had a chart.
WITH {own_answer}, deleted_chart AS (
    DELETE FROM chat.charts
     USING own_answer
     WHERE charts.message_id = own_answer.id
       AND charts.user_id = :user_id
)
SELECT own_answer.id
  FROM own_answer;
