"""The only code that speaks SQL: rows in, core values out."""
