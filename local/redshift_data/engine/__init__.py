"""The database behind the Data API: sessions, transactions, locks, results and the journal of statements."""
