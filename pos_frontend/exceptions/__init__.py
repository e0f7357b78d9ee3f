"""Exceptions at this lane: what is one, how a flood of them is bounded, and how they are written."""
