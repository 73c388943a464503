"""The floor: a plain Django view with the same SELECT and the same audit INSERT, by hand.

It knows no token, no agreement and no rate, and asks nothing about what it was sent.
"""

from __future__ import annotations

import json

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse

from records.audit.entries import INSERT

NAMES = ("personal_id", "full_name", "sex", "birth_date", "status")
SELECT = """
SELECT id, version, closed_on, warnings, personal_id, full_name, sex, birth_date, status, personal_id
FROM people WHERE personal_id = %s
"""


def person(request: HttpRequest, key: str) -> JsonResponse:
    """Answer with one person's identity, after writing down that it was seen."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SELECT, [key])
        row = cursor.fetchone()
        cursor.execute(
            INSERT,
            [
                request.request_id,
                "partner",
                "bench",
                "Hệ thống đo",
                "bench",
                "Cơ quan đo",
                None,
                request.headers["Access-Purpose"],
                "",
                "",
                "read",
                "",
                "people",
                row[0],
                key,
                "identity",
                list(NAMES),
                "done",
                request.META["REMOTE_ADDR"],
                [row[9]],
            ],
        )
    shown = dict(zip(NAMES, row[4:9], strict=True))
    return JsonResponse(
        {**shown, "version": row[1], "closed_on": row[2], "warnings": json.loads(row[3])}
    )
