"""What the audit reads of money in other currencies: what it became in yen, and the position."""

from fractions import Fraction

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.exchange_facts import PositionFact, TranslationFact

TRANSLATION_CONTROLS = """
        UNION ALL SELECT code, CASE WHEN code LIKE 'holders%' THEN owner_id END, in_currency,
                         amount, 0
            FROM (SELECT *, CASE WHEN is_own THEN 'sales' ELSE 'holders' END AS held,
                         CASE WHEN is_own THEN 'output_tax' ELSE 'holders_tax' END AS held_tax
                  FROM translation) translation
            JOIN settlement s USING (settlement_id)
            JOIN book b USING (book_id)
            CROSS JOIN LATERAL (VALUES
                (held, translation.currency, amount_minor),
                (held_tax, translation.currency, tax_minor),
                ('exchange', translation.currency, -amount_minor - tax_minor),
                ('exchange', b.currency, amount_yen + tax_yen),
                (held, b.currency, -amount_yen),
                (held_tax, b.currency, -tax_yen)) AS side (code, in_currency, amount)
            WHERE s.book_id = :book
        UNION ALL SELECT code, NULL, b.currency, amount, 0
            FROM position_move
            JOIN book b USING (book_id)
            CROSS JOIN LATERAL (VALUES
                ('exchange', gain_yen),
                ('exchange_gains', -greatest(gain_yen, 0)),
                ('exchange_losses', -least(gain_yen, 0))) AS side (code, amount)
            WHERE book_id = :book
        UNION ALL SELECT code, NULL, in_currency, amount, 0
            FROM bank_exchange
            JOIN book b USING (book_id)
            CROSS JOIN LATERAL (VALUES
                ('exchange', bank_exchange.currency, sold_minor),
                ('bank', bank_exchange.currency, -sold_minor),
                ('exchange', b.currency, -yen),
                ('bank', b.currency, yen)) AS side (code, in_currency, amount)
            WHERE book_id = :book
"""

_TRANSLATIONS = """
    SELECT concat_ws(' ', to_char(s.closing_month, 'YYYY-MM'), t.receipt_id,
                     CASE WHEN t.receipt_id IS NULL THEN t.royalty_line_id END,
                     u.prepayment_id, t.source) AS place, t.currency, t.rate,
           array_agg(t.amount_minor ORDER BY t.translation_id)
           || array_agg(t.tax_minor ORDER BY t.translation_id) AS amounts_foreign,
           array_agg(t.amount_yen ORDER BY t.translation_id)
           || array_agg(t.tax_yen ORDER BY t.translation_id) AS amounts_yen
    FROM translation t
    JOIN settlement s USING (settlement_id)
    LEFT JOIN prepayment_use u USING (prepayment_use_id)
    WHERE s.book_id = :book
    GROUP BY s.settlement_id, t.receipt_id, t.source, t.asked_on, t.rate, t.currency,
             u.prepayment_id, CASE WHEN t.receipt_id IS NULL THEN t.royalty_line_id END
    ORDER BY min(t.translation_id)
"""

_MOVES = """
    SELECT m.currency, m.kind || ' ' || m.source AS source, m.foreign_minor, m.yen, m.gain_yen,
           CASE WHEN m.kind = 'settlement' THEN ARRAY[
               coalesce(sum(t.amount_minor + t.tax_minor), 0),
               coalesce(sum(t.amount_yen + t.tax_yen), 0)] END AS translated
    FROM position_move m
    LEFT JOIN settlement s ON s.book_id = m.book_id
                          AND m.source = 'SET-' || to_char(s.closing_month, 'YYYY-MM')
    LEFT JOIN translation t ON t.settlement_id = s.settlement_id AND t.currency = m.currency
    WHERE m.book_id = :book
    GROUP BY m.position_move_id
    ORDER BY m.position_move_id
"""


def load_translations(session: Session, *, book_id: int) -> tuple[TranslationFact, ...]:
    """Return what was translated together, in the order of settlements."""
    return tuple(
        TranslationFact(
            place=f"translation {row.place}",
            currency=row.currency,
            amounts_foreign=tuple(row.amounts_foreign),
            amounts_yen=tuple(row.amounts_yen),
            rate=Fraction(row.rate),
        )
        for row in session.execute(text(_TRANSLATIONS), {"book": book_id})
    )


def load_positions(session: Session, *, book_id: int) -> tuple[PositionFact, ...]:
    """Return the moves of positions in the order in which they were made."""
    return tuple(
        PositionFact(
            currency=row.currency,
            source=row.source,
            foreign_minor=row.foreign_minor,
            yen=row.yen,
            gain_yen=row.gain_yen,
            translated=row.translated and (int(row.translated[0]), int(row.translated[1])),
        )
        for row in session.execute(text(_MOVES), {"book": book_id})
    )
