"""The rules of the house that a program can read off the source; tests/test_tidy.py runs them."""
