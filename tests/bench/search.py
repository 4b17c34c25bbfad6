"""
How long a search for works takes over HTTP, in a catalogue of fifty thousand generated titles.

One client asks one query after another: titles, beginnings and single words in kanji, kana of
both widths, romaji and English, and identifiers with and without their hyphens.
"""

import http.client
import json
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jaconv
import psycopg

from ledger.services import cataloguing
from ledger.store.works import NewSubject
from tests.bench.stage import AGREED_AT, Stage

TITLES = 50_000
QUERIES = 600

#: Words of invented titles: kanji, kana, romaji, English.
WORDS = [
    tuple(line.split())
    for line in """
    風 カゼ kaze Wind|町 マチ machi Town|星 ホシ hoshi Star|海 ウミ umi Sea|森 モリ mori Forest
    月 ツキ tsuki Moon|雪 ユキ yuki Snow|花 ハナ hana Flower|火 ヒ hi Fire|水 ミズ mizu Water
    空 ソラ sora Sky|夢 ユメ yume Dream|影 カゲ kage Shadow|光 ヒカリ hikari Light
    夜 ヨル yoru Night|朝 アサ asa Morning|魔女 マジョ majo Witch|王子 オウジ ouji Prince
    騎士 キシ kishi Knight|猫 ネコ neko Cat|犬 イヌ inu Dog|龍 リュウ ryuu Dragon|鳥 トリ tori Bird
    狼 オオカミ ookami Wolf|少女 ショウジョ shoujo Girl|少年 ショウネン shounen Boy
    学園 ガクエン gakuen Academy|探偵 タンテイ tantei Detective
    冒険 ボウケン bouken Adventure|伝説 デンセツ densetsu Legend
    物語 モノガタリ monogatari Story|戦記 センキ senki Chronicle|都市 トシ toshi City
    革命 カクメイ kakumei Revolution|惑星 ワクセイ wakusei Planet|銀河 ギンガ ginga Galaxy
    東京 トウキョウ toukyou Tokyo|京都 キョウト kyouto Kyoto|列車 レッシャ ressha Train
    航路 コウロ kouro Voyage|天使 テンシ tenshi Angel|悪魔 アクマ akuma Demon
    剣 ツルギ tsurugi Sword|盾 タテ tate Shield|庭 ニワ niwa Garden|城 シロ shiro Castle
    橋 ハシ hashi Bridge|時計 トケイ tokei Clock|人形 ニンギョウ ningyou Doll
    手紙 テガミ tegami Letter
    音楽 オンガク ongaku Music|舞台 ブタイ butai Stage|料理 リョウリ ryouri Kitchen
    勇者 ユウシャ yuusha Hero|忍者 ニンジャ ninja Ninja|姫 ヒメ hime Princess|旅 タビ tabi Journey
    """.replace("\n", "|").split("|")
    if line.strip()
]  # fmt: skip


def measure(stage: Stage) -> dict[str, Any]:
    """Fill the catalogue, ask, and return percentiles in milliseconds."""
    chance = random.Random(7)
    works = list(_works(chance))
    cataloguing.add_subjects(stage.database, subjects=works, recorded_at=AGREED_AT)
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE subject")  # As the server does itself, a minute later.
    key = stage.new_licensee("search", subjects=0).key
    queries = [_query(chance, chance.choice(works)) for _ in range(QUERIES)]
    _ask(stage, key, queries[:50])  # Connections are opened, and plans are made, before.
    seconds, found = _ask(stage, key, queries)
    ordered = sorted(seconds)
    return {
        "search_p95_ms": _milliseconds(ordered, 95),
        "search_ms": {f"p{percent}": _milliseconds(ordered, percent) for percent in (50, 99)},
        "search_found": round(statistics.mean(count > 0 for count in found), 3),
        "search_titles": TITLES,
    }


def _works(chance: random.Random) -> Iterator[NewSubject]:
    for number in range(TITLES):
        words = [chance.choice(WORDS) for _ in range(3)]
        season = f" 第{number % 7 + 1}期" if number % 5 == 0 else ""
        yield NewSubject(
            reference=f"search-{number}",
            kind="work",
            owner="bench-holder",
            title_ja="の".join(word[0] for word in words) + season,
            title_kana="ノ".join(word[1] for word in words),
            title_en="The {} {} of the {}".format(*(word[3] for word in words)),
            identifiers=frozenset({("isan", f"0000-{number:04X}-{number * 7 % 65536:04X}")}),
        )


def _query(chance: random.Random, work: NewSubject) -> str:
    kana = work.title_kana
    ((_, identifier),) = work.identifiers
    romaji = " no ".join(_romaji(part) for part in kana.split("ノ"))
    return chance.choice(
        [
            work.title_ja,
            work.title_ja[:2],
            work.title_ja[:4],
            kana,
            jaconv.z2h(kana, kana=True),
            jaconv.kata2hira(kana[:4]),
            romaji,
            romaji.split()[0],
            work.title_en,
            " ".join(work.title_en.split()[1:3]).lower(),
            f"isan:{identifier}",
            f"isan:{identifier.replace('-', '')}",
        ]
    )


def _romaji(kana: str) -> str:
    """Words with ノ in them (物語) are cut and stay as they are: nobody finds those."""
    return next((word[2] for word in WORDS if word[1] == kana), "nothing")


def _ask(stage: Stage, key: str, queries: list[str]) -> tuple[list[float], list[int]]:
    connection = http.client.HTTPConnection(stage.host, stage.port, timeout=60)
    seconds, found = [], []
    for query in queries:
        started = time.perf_counter()
        connection.request(
            "GET", f"/v1/works?q={quote(query)}", headers={"Authorization": f"Bearer {key}"}
        )
        answer = connection.getresponse()
        body = answer.read()
        seconds.append(time.perf_counter() - started)
        if answer.status != 200:
            raise SystemExit(f"HTTP {answer.status}: {body[:500]!r}")
        found.append(len(json.loads(body)["works"]))
    connection.close()
    return seconds, found


def _milliseconds(ordered: list[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 1)
