"""Tests of the pages in docs/, one module for each page that promises more than words."""
