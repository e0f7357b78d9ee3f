"""What rests: tables by concern, which kind of site holds which, and the migrations between them."""
