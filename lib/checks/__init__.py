"""What the app needs of its workspace and database, checked one by one."""
