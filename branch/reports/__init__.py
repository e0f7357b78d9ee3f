"""What a branch prints: X and Z reports of a shift, the Z report of a day, the day report."""
