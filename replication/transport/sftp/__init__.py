"""Letters over SSH's file transfer: the child's end, and a small server for a parent without OpenSSH."""
