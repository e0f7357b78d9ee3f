"""Consolidation: aggregates kept with the journals, rebuilt from them, and the questions that they answer."""
