"""Every word and number format a person reads, in Japanese and English."""
