-- name: find_other_session
-- A row when the app's role has sessions in this database that are not this process's :own.
SELECT pg_stat_activity.pid
  FROM pg_stat_activity
 WHERE pg_stat_activity.datname = current_database()
   AND pg_stat_activity.usename = current_user
   AND pg_stat_activity.backend_type = 'client backend'
   AND pg_stat_activity.pid <> ALL (CAST(:own AS integer[]))
   AND pg_stat_activity.pid <> pg_backend_pid()
 LIMIT 1;
