"""Goods at the branch."""
