"""What the web consoles of headquarters and branches share. It knows nothing of shops.

Sign-in, language, security, layout, tables, charts, and what a page gives to take away: CSV, PDF.
A site makes one `app.Console`, declares its pages on it, and serves `application()`.
"""
