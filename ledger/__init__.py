"""The royalty ledger: pure rules in ``core``, rows in ``store``, use cases in ``services``."""
