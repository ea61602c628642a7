"""Profiles of our ways: tables of the functions that take the processor time, and flame graphs."""
