-- name: find_other_session
-- A session of the app's role in this database that is not one of this process; no row when there is none. :own holds
-- the process ids that Postgres gave to this process's own sessions.
SELECT pg_stat_activity.pid
  FROM pg_stat_activity
 WHERE pg_stat_activity.datname = current_database()
   AND pg_stat_activity.usename = current_user
   AND pg_stat_activity.backend_type = 'client backend'
   AND pg_stat_activity.pid <> ALL (CAST(:own AS integer[]))
   AND pg_stat_activity.pid <> pg_backend_pid()
 LIMIT 1;
