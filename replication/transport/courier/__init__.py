"""Letters on a directory that is carried by hand, both ways, sealed for their reader."""
