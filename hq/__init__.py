"""Headquarters: the master data and its publication, the chain's journals and its reports."""
