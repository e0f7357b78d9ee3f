"""Pure rules on the standard library alone: one basket gives one total on every machine."""
