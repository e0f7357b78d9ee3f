"""Tests of the lane."""
