-- name: set_search_language
-- Whether rows are to be written anew, because the language is another than before or some are left from before.
SELECT chat.set_search_language(:language) AS is_new, search_index.is_complete
  FROM chat.search_index;

-- name: index_more
-- Write the next :batch rows anew, :seconds after the last change of the language. NULL when nothing is left.
SELECT chat.index_more(CAST(:batch AS integer), CAST(:seconds AS integer)) AS written;
