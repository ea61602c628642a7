"""The scheduled function that counts the topic, and compares the count with what is filed and stored."""
