"""The web console of headquarters."""
