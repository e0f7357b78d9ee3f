"""Pure rules on the standard library alone: the same basket gives the same total on every machine."""
