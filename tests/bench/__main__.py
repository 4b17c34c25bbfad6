"""
``make bench``: measure, print, and write ``out/bench.json``.

All ratios are of one run on one machine. The history is in docs/performance.md.
"""

import argparse
import json
from pathlib import Path

from tests.bench import clearance, documents, growth, ingest, portal, royalties, search, singles
from tests.bench.stage import open_stage


def main() -> None:
    """Run every benchmark and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generations", type=int, default=120_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--stored", type=int, default=10_000_000, help="how far the book grows; 0: not at all"
    )
    parser.add_argument(
        "--documents", type=int, default=1_000, help="how many statements are rendered"
    )
    parser.add_argument("--out", type=Path, default=Path("out"))
    asked = parser.parse_args()
    if asked.generations % (ingest.BATCH * ingest.FIRMS):
        parser.error(
            f"--generations is shared by {ingest.FIRMS} firms in batches of {ingest.BATCH}"
        )
    with open_stage() as stage:
        figures = ingest.measure(stage, generations=asked.generations, rounds=asked.rounds)
        figures |= singles.measure(stage, rounds=3)
        figures |= clearance.measure(stage)
        figures |= search.measure(stage)  # Last, because it fills the catalogue.
    if asked.stored:
        with open_stage() as stage:  # Of its own, where nothing is stored yet.
            figures |= growth.measure(stage, stored=asked.stored, generations=asked.generations)
            figures |= portal.measure(stage)
            figures |= royalties.measure_closing(stage)  # Last, because it closes the month.
    figures |= royalties.measure_waterfall_and_statements()
    figures |= documents.measure(documents=asked.documents)
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / "bench.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for name, figure in figures.items():
        print(f"{name:28} {figure}")
    print(f"{'written to':28} {path}")


if __name__ == "__main__":
    main()
