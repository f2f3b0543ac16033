"""A register of any size, generated inside PostgreSQL: realistic distribution over units, kinds, states, days and
words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

_WORDS = (
    "danh nhau,mat xe may,trom cho,lua dao chuyen tien,chay nha,karaoke on ao,xe tai qua tai,danh bac,mat vi,"
    "nhat duoc giay to,ho dan,do trom,xa rac,xe may gay tai nan,nguoi la vao lang,cho vay lai,phao no,doi no,"
    "lam can cuoc,tre em di lac"
)
# The same words with diacritics, as two of three people write.
_MARKED = (
    "đánh,mất máy,trộm chó,lừa đảo chuyển tiền,cháy nhà,ồn ào,tải quá,đánh bạc,mất ví,nhặt được giấy tờ,hộ dân,đồ trộm,"
    "xả rác,máy gây tai nạn,người lạ vào làng,lãi,pháo nổ,đòi nợ,làm căn cước,trẻ em lạc"
)
_SEED = """
INSERT INTO cases_case (public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, commune_id,
    area_id, place, snippet, opened_at, updated_at, closed_at, outcome, result, tip_value, version, search_text, search_accented,
    state_before_merge, acknowledged_at, due_at)
SELECT gen_random_uuid(), upper(lpad(to_hex(n), 8, 'g')),
    (ARRAY['tip','petition','other'])[1 + (n % 10 > 5)::int + (n % 10 > 8)::int],
    (ARRAY['CRIME_REPORT','REFLECTION'])[1 + (n % 10 > 5)::int],
    CASE WHEN n > %(size)s * 0.97 THEN (ARRAY['NEW','RECEIVED','WORKING','WAITING'])[1 + n % 4] ELSE 'CLOSED' END,
    (ARRAY['violence','theft','traffic','scam','environment_noise','admin_question','lost_item','public_order'])[1 + n % 8],
    (n * 7 % 10 > 6)::int + (n * 7 % 10 > 8)::int, n % 11 = 0, 'Vụ việc số ' || n, u.id, u.area_id, u.area_id,
    'thôn ' || (n % 28 + 1), 'Lời báo của vụ ' || n || ', có người đánh nhau ở thôn ' || n % 28, t, t, CASE WHEN n > %(size)s * 0.97 THEN NULL ELSE t + interval '1 day' END,
    CASE WHEN n > %(size)s * 0.97 THEN '' ELSE 'RESOLVED' END, '', CASE WHEN n % 20 = 0 THEN 'VALUABLE' ELSE 'NONE' END,
    1, w[1 + n % 20] || ' o ' || 'thon ' || (n % 28 + 1) || ' ' || w[1 + n * 13 % 20] || ' 09' ||
        lpad((n::bigint * 7919 % 100000000)::text, 8, '0') || ' toi qua co nguoi bao la ' || md5(n::text),
    (CASE WHEN n % 3 = 0 THEN '' ELSE m[1 + n % 20] || ' ' || m[1 + n * 13 % 20] || ' thôn tối có người báo là' END)::tsvector, '', t,
    CASE WHEN n > %(size)s * 0.97 THEN t + interval '1 day' END
FROM generate_series(1, %(size)s) AS n
CROSS JOIN LATERAL (SELECT now() - (%(size)s - n) * (interval '365 days' / %(size)s) AS t) AS moment
JOIN (SELECT id, area_id, row_number() OVER (ORDER BY id) - 1 AS k FROM areas_unit WHERE level = 'COMMUNE') AS u
    ON u.k = n * 31 %% 69
CROSS JOIN (SELECT string_to_array(%(words)s, ',') AS w, string_to_array(%(marked)s, ',') AS m) AS words
"""
_MESSAGES = """
INSERT INTO vault_reporter (public_id, pseudonym, created_at) VALUES (gen_random_uuid(), 'BENCH222', now());
INSERT INTO channels_message (public_id, channel_id, reporter_id, unit_id, external_id, text, search_text, sent_at, received_at,
    category, urgency, sensitive, reading, in_case)
SELECT gen_random_uuid(), (SELECT min(id) FROM channels_channel), (SELECT max(id) FROM vault_reporter), unit_id,
    'bench-' || id, 'Lời báo của vụ ' || id || ', có người đánh nhau ở thôn ' || id % 28, '', opened_at, opened_at,
    category, urgency, false, '{}', true
FROM cases_case;
INSERT INTO cases_casemessage (case_id, message_id, attached_at, attached_by)
SELECT c.id, m.id, c.opened_at, 'bench' FROM cases_case c JOIN channels_message m ON m.external_id = 'bench-' || c.id;
"""
_SUMS = """
INSERT INTO stats_contribution (case_id, metric, day, commune_id, unit_id)
SELECT id, 'REPORTS', (opened_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, commune_id, unit_id FROM cases_case
UNION ALL SELECT id, 'VALUABLE_TIPS', (opened_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, commune_id, unit_id
FROM cases_case WHERE tip_value = 'VALUABLE'
UNION ALL SELECT id, 'CLOSED', (closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, commune_id, unit_id
FROM cases_case WHERE closed_at IS NOT NULL;
INSERT INTO stats_count (metric, unit_id, day, commune_id, value)
SELECT metric, unit_id, day, commune_id, count(*) FROM stats_contribution GROUP BY 1, 2, 3, 4;
INSERT INTO stats_count (metric, unit_id, day, commune_id, value)
SELECT key, unit_id, (opened_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, commune_id, count(*) FROM cases_case
CROSS JOIN LATERAL (VALUES ('CAT.' || category), ('CHN.web'), ('ACK.M15'),
    (to_char(opened_at AT TIME ZONE 'Asia/Ho_Chi_Minh', '"HOUR.D"ID"H"HH24'))) AS t(key)
GROUP BY 1, 2, 3, 4;
INSERT INTO stats_daycount (metric, day, value) SELECT metric, day, sum(value) FROM stats_count GROUP BY 1, 2;
INSERT INTO stats_monthcount (metric, month, area_id, value)
SELECT metric, date_trunc('month', day)::date, commune_id, sum(value) FROM stats_count GROUP BY 1, 2, 3;
INSERT INTO stats_monthcount (metric, month, area_id, value)
SELECT metric, date_trunc('month', day)::date, u.area_id, sum(value) FROM stats_count, areas_unit u
WHERE u.level = 'PROVINCE' AND u.valid_to IS NULL GROUP BY 1, 2, 3;
"""


_FILLED = ("cases_case", "channels_message", "cases_casemessage", "stats_contribution", "stats_count")
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY (%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@contextmanager
def _build_indexes_after(cursor: Any) -> Iterator[None]:
    """Drop the indexes of the filled tables and build them at the end; check no foreign key of generated rows."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(_INDEXES, [list(_FILLED)])
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _name, definition in indexes:
        cursor.execute(definition)


def seed_cases(size: int) -> None:
    """Generate cases, one message each, and the ledger's sums; then refresh planner statistics."""
    with connection.cursor() as cursor:
        with transaction.atomic(), _build_indexes_after(cursor):
            _fill_tables(cursor, size)
        cursor.execute("VACUUM ANALYZE")


def _fill_tables(cursor: Any, size: int) -> None:
    cursor.execute(
        _SEED.replace("n % ", "n %% ")
        .replace("id % ", "id %% ")
        .replace("7 % ", "7 %% ")
        .replace("13 % ", "13 %% ")
        .replace("7919 % ", "7919 %% "),
        {"size": size, "words": _WORDS, "marked": _MARKED},
    )
    for statement in filter(str.strip, (_MESSAGES + _SUMS).split(";")):
        cursor.execute(statement)
