"""N-gram language models: counted and estimated in SQL, asked as plain arrays."""
