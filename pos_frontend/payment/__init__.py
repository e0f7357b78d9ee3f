"""Payment by a terminal: attempts that are written down before they are asked for."""
