"""Letters: a request and its answers as signed files, for ways on which nobody waits at the other end."""
