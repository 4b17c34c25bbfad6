"""Use cases: what people do with the book, one transaction each, never calling one another."""

#: The one book.
BOOK_ID = 1
