"""What is installed: lists, lock files, licences and known vulnerabilities."""
