"""What others do at the stand-in: payers, their banks, card networks, and the house's own bank."""

from api.stripe_double import connect, links, payments
from api.stripe_double.shapes import Object
from api.stripe_double.state import State


class World:
    """The hands of everybody but the house."""

    def __init__(self, state: State) -> None:
        self._state = state

    def pays_link(self, url: str) -> Object:
        """Pay by card on a link's page; return the intent."""
        link = next(each for each in self._state.newest("payment_link") if each["url"] == url)
        return links.pay_link(self._state, link)

    def pays_at_counter(self, intent: str) -> Object:
        """Pay at a convenience store."""
        found = self._state.find("payment_intent", intent)
        return payments.succeed(self._state, found, "konbini")

    def transfers(self, customer: str, yen: int) -> list[Object]:
        """
        Transfer yen to a customer's virtual account; return the intents that it paid.

        The intent of just that amount is paid first, else the oldest. What is too little for any
        stays on the customer's cash balance, and its intent is partially funded.
        """
        state = self._state
        state.cash[customer] = state.cash.get(customer, 0) + yen
        paid = []
        while waiting := self._waiting(customer):
            exact = [each for each in waiting if each["amount"] == state.cash[customer]]
            intent = (exact or waiting)[0]
            if state.cash[customer] < intent["amount"]:
                self._fund_partly(intent, state.cash[customer])
                break
            state.cash[customer] -= intent["amount"]
            paid.append(payments.succeed(state, intent, "customer_balance"))
        return paid

    def disputes(self, intent: str, amount: int | None = None) -> Object:
        """Let a card holder's bank take a payment back; all of it unless told otherwise."""
        paid = self._charge(intent)
        return payments.open_dispute(self._state, paid, amount or paid["amount"])

    def decides(self, dispute: str, *, is_won: bool) -> Object:
        """Decide a dispute for or against the house."""
        found = self._state.find("dispute", dispute)
        return payments.close_dispute(self._state, found, is_won=is_won)

    def pays_out(self, currency: str = "jpy") -> Object | None:
        """Let Stripe pay its balance to the house's bank."""
        return connect.pay_out(self._state, currency)

    def returns_payout(self, payout: str) -> Object:
        """Let the house's bank send a payout back."""
        return connect.fail_payout(self._state, self._state.find("payout", payout))

    def _waiting(self, customer: str) -> list[Object]:
        return [
            each
            for each in self._state.newest("payment_intent")[::-1]
            if each["customer"] == customer
            and each["status"] == "requires_action"
            and "customer_balance" in each["payment_method_types"]
        ]

    def _fund_partly(self, intent: Object, yen: int) -> None:
        if yen:
            details = intent["next_action"]["display_bank_transfer_instructions"]
            details["amount_remaining"] = intent["amount"] - yen
            self._state.tell("payment_intent.partially_funded", intent)

    def _charge(self, intent: str) -> Object:
        found = self._state.find("payment_intent", intent)
        return self._state.find("charge", found["latest_charge"])
