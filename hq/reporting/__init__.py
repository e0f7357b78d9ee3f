"""Reports: each is defined once, and from that one definition come its page, its files and its JSON answer."""
