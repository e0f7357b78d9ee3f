"""Stocktakes at a branch."""
