"""A small Python client for AI firms: batches in, receipts out."""

from api.client.reporter import Answer, Reporter, ServerAway, ServerRefused

__all__ = ["Answer", "Reporter", "ServerAway", "ServerRefused"]
