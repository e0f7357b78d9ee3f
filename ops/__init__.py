"""Running a chain: the command, the private database, the demonstration."""
