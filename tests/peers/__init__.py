"""Other people's programs at the other end of ours."""
