"""The soak and its laboratory: days of faults by seed, on lines, disks and power that fail as told."""
