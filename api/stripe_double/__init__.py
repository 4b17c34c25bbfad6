"""
A stand-in for Stripe on this machine: a real HTTP server, for the demo and for the tests.

It has Stripe's paths, errors, idempotency keys, rate limits, webhooks and balance, so that what
speaks to Stripe is tried as it is. What a payer, a bank or a card network does is done to it
through :mod:`api.stripe_double.world`. It moves no money, and keeps nothing when it ends.
"""
