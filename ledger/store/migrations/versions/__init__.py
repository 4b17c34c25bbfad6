"""One module for each revision, in order; each says what the book has from then on."""
