"""The fault laboratory: lines, disks and power cuts that misbehave by seed, and the soak over them."""
