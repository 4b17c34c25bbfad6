"""Pure rules of the ledger. Standard library only: no I/O, no clock, no randomness."""
