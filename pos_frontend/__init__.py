"""The lane: a till that sells without waiting for anything but its own disk."""
