"""Frozen values in, bytes out: invoices, statements, bank files and tables. No database."""
