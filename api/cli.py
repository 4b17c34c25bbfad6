"""The ``genbo`` command. Each command imports what it needs when it runs; help is quick."""

import typer

from api.commands import (
    accounts,
    acknowledgements,
    advances,
    archive,
    bank,
    book,
    claims,
    completeness,
    consents,
    database,
    demo,
    disputes,
    documents,
    dunning,
    entrustments,
    exchanges,
    explain,
    fees,
    funds,
    journal,
    keys,
    members,
    month,
    months,
    notices,
    offers,
    payee_advances,
    payouts,
    rates,
    receipts,
    records,
    refunds,
    reissues,
    reliefs,
    replay,
    report,
    reserves,
    revenues,
    serve,
    shares,
    statements,
    stripe,
    withholding,
    wording,
    worker,
)
from api.terminal import refusals_as_sentences, word

app = typer.Typer(
    name="genbo",
    help=word("about"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo", help=word("demo.help"))(demo.demo)
app.command("serve", help=word("serve.help"))(serve.serve)
app.command("work", help=word("work.help"))(worker.work)
app.command("report", help=word("report.help"))(report.report)
app.command("import", help=word("import.help"))(book.import_world)
app.command("preview", help=word("preview.help"))(months.preview)
app.command("reports", help=word("reports.help"))(completeness.reports)
app.command("close", help=word("close.help"))(months.close)
app.command("bill", help=word("bill.help"))(month.bill)
app.command("bill-advances", help=word("bill_advances.help"))(advances.bill_advances)
app.command("records", help=word("records.help"))(records.records)
app.command("bill-fees", help=word("bill_fees.help"))(fees.bill_fees)
app.command("receive", help=word("receive.help"))(month.receive)
app.command("acknowledge", help=word("acknowledge.help"))(acknowledgements.acknowledge)
app.command("settle", help=word("settle.help"))(month.settle)
app.command("release", help=word("release.help"))(month.release)
app.command("render", help=word("render.help"))(documents.render)
app.command("statements", help=word("statements.help"))(statements.statements)
app.command("revise", help=word("revise.help"))(statements.revise)
app.command("reissue", help=word("reissue.help"))(reissues.reissue)
app.command("explain", help=word("explain.help"))(explain.explain)
app.command("replay", help=word("replay.help"))(replay.replay)
app.command("trial-balance", help=word("trial.help"))(journal.trial_balance)
app.command("journal", help=word("journal.help"))(journal.journal)
app.command("audit", help=word("audit.help"))(book.audit)
app.command("unauthorized", help=word("unauthorized.help"))(claims.unauthorized)
app.add_typer(archive.app, name="archive", help=word("archive.help"))
app.add_typer(consents.app, name="consent", help=word("consent.help"))
app.add_typer(statements.app, name="party", help=word("mend.help"))
statements.app.command("entrustments", help=word("entrusted.help"))(entrustments.entrustments)
statements.app.command("wording", help=word("mend.wording.help"))(wording.wording)
statements.app.command("account", help=word("mend.account.help"))(accounts.account)
statements.app.command("relief", help=word("relief.help"))(reliefs.relief)
statements.app.command("reliefs", help=word("relief.list.help"))(reliefs.reliefs)
app.add_typer(rates.app, name="rates", help=word("rates.help"))
app.add_typer(revenues.app, name="revenue", help=word("revenue.help"))
app.add_typer(keys.app, name="key", help=word("key.help"))
app.add_typer(members.app, name="member", help=word("member.help"))
app.add_typer(offers.app, name="offer", help=word("offer.help"))
app.add_typer(shares.app, name="claim", help=word("claim.help"))
app.add_typer(disputes.app, name="dispute", help=word("dispute.help"))
app.add_typer(bank.app, name="bank", help=word("bank_file.help"))
app.add_typer(receipts.app, name="receipts", help=word("receipts.help"))
app.add_typer(notices.app, name="notice", help=word("noticing.help"))
app.add_typer(refunds.app, name="refund", help=word("refund.help"))
app.add_typer(exchanges.app, name="exchange", help=word("exchange.help"))
app.add_typer(funds.app, name="funds", help=word("funds.help"))
app.add_typer(reserves.app, name="reserve", help=word("reserve.help"))
app.add_typer(payee_advances.app, name="payee-advance", help=word("payee_advance.help"))
app.add_typer(payouts.app, name="payouts", help=word("payouts.help"))
app.add_typer(withholding.app, name="withholding", help=word("withholding.help"))
app.add_typer(stripe.app, name="stripe", help=word("stripe.help"))
app.add_typer(dunning.app, name="dunning", help=word("dunning.help"))
app.add_typer(database.app, name="db", help=word("db.help"))


def main() -> None:
    """Run the command line; a refusal ends it with status 1 and a sentence, not a trace."""
    with refusals_as_sentences():
        app(standalone_mode=True)


if __name__ == "__main__":
    main()
