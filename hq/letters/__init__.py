"""Headquarters' letter box: for branches that come by sftp or send a stick."""
