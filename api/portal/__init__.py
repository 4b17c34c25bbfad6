"""The portal: pages on which organisations read their part, and operators run the months."""
