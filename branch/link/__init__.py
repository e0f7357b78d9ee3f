"""The ways from a branch to headquarters."""
