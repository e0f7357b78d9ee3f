"""The back office: what a branch manager sees and does in the browser."""
