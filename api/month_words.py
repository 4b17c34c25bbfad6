"""What is said of a month that is to be closed: findings in the reader's language."""

from ledger.core.month_findings import Finding
from locales.catalogues import message


def told_finding(finding: Finding, language: str) -> str:
    """
    Return a finding in one sentence.

    What an audit disagreed with is said in the words of its own refusal.
    """
    values = dict(finding.values)
    if finding.code == "audit_disagrees":
        return message(language, f"problem.{values.pop('code')}.detail", **values)
    return message(language, f"finding.{finding.code}", **values)
