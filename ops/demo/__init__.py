"""The day of the demo: one business day of real data, lived by a whole chain."""
