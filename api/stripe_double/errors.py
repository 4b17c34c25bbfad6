"""Stripe's errors: the status, the kind, and what stands in the answer's body."""

from dataclasses import dataclass, field
from typing import Any

#: The status of each kind of error, unless the error says otherwise.
_STATUS = {
    "invalid_request_error": 400,
    "idempotency_error": 400,
    "card_error": 402,
    "api_error": 500,
}


@dataclass(kw_only=True)
class StripeError(Exception):
    """A request that is refused, with what the answer says of it."""

    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    status: int = 0
    decline_code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_kept: bool = True  # under the idempotency key: not when nothing was begun

    def __post_init__(self) -> None:
        self.status = self.status or _STATUS[self.type]

    def __str__(self) -> str:
        return self.message

    def body(self) -> dict[str, Any]:
        """Return the answer's body, with those fields that are known."""
        named = {
            "code": self.code,
            "decline_code": self.decline_code,
            "message": self.message,
            "param": self.param,
            "type": self.type,
        }
        return {"error": {name: value for name, value in named.items() if value is not None}}


def unknown(param: str) -> StripeError:
    """Return the error about a parameter that the operation does not have."""
    return StripeError(
        message=f"Received unknown parameter: {param}",
        code="parameter_unknown",
        param=param,
        is_kept=False,
    )


def missing(param: str) -> StripeError:
    """Return the error about a parameter that has to be there."""
    return StripeError(
        message=f"Missing required param: {param}.",
        code="parameter_missing",
        param=param,
        is_kept=False,
    )


def invalid(param: str, what: str, code: str | None = None) -> StripeError:
    """Return the error about a parameter that cannot be what it is."""
    return StripeError(message=what, code=code, param=param, is_kept=False)


def no_such(kind: str, identity: str, *, param: str = "id") -> StripeError:
    """Return the error about an object that is not there."""
    return StripeError(
        message=f"No such {kind}: '{identity}'",
        code="resource_missing",
        param=param,
        status=404,
        is_kept=False,
    )


def unrecognized(method: str, path: str) -> StripeError:
    """Return the error about a path that Stripe, or its stand-in, does not have."""
    return StripeError(
        message=f"Unrecognized request URL ({method}: {path}).", status=404, is_kept=False
    )


def unauthorized(key: str) -> StripeError:
    """Return the error about a key that is not good; only its end is repeated."""
    message = f"Invalid API Key provided: ****{key[-4:]}" if key else "You did not provide a key."
    return StripeError(message=message, status=401, is_kept=False)


def key_used_otherwise(key: str) -> StripeError:
    """Return the error about an idempotency key that was used for something else."""
    return StripeError(
        message="Keys for idempotent requests can only be used with the same parameters they "
        f"were first used with ('{key}').",
        type="idempotency_error",
        is_kept=False,
    )


def key_in_use(key: str) -> StripeError:
    """Return the error about an idempotency key whose request is still being carried out."""
    return StripeError(
        message=f"There is currently another in-progress request using this key ('{key}').",
        type="idempotency_error",
        code="idempotency_key_in_use",
        status=409,
        headers={"Stripe-Should-Retry": "true"},
        is_kept=False,
    )


def too_often() -> StripeError:
    """Return the error of whoever asks too often."""
    return StripeError(
        message="Request rate limit exceeded.",
        code="rate_limit",
        status=429,
        headers={"Stripe-Rate-Limited-Reason": "global-rate", "Retry-After": "1"},
        is_kept=False,
    )


def out_of_order(status: int = 500) -> StripeError:
    """Return the error of a Stripe that is out of order."""
    return StripeError(
        message="An unknown error occurred", type="api_error", status=status, is_kept=False
    )


def declined(decline_code: str) -> StripeError:
    """Return the error about a card that was not accepted."""
    return StripeError(
        message="Your card was declined.",
        type="card_error",
        code="card_declined",
        decline_code=decline_code,
        param="payment_method",
    )
