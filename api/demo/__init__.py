"""The demo's data: an invented seed, and the loader of a real catalogue and usage log."""
