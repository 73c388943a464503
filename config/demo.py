"""The demonstration: accounts that anyone may use, and made-up records. Only where HOSO_DEMO=1."""

from __future__ import annotations

import datetime
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from joserfc.jwk import OKPKey

from records import changes
from records.access.models import Agency, Agreement, Client, ClientKey, Purpose, Role, Verb
from records.actors import Occasion, system
from records.errors import Conflict
from records.registry import record_types, samples

PURPOSES = {
    "tax-assessment": ("Quản lý thuế", "Luật Quản lý thuế 38/2019/QH14, Điều 15"),
    "identity-check": ("Xác minh nhân thân", "Luật Căn cước 26/2023/QH15, Điều 10"),
    "civil-status": ("Đăng ký hộ tịch", "Luật Hộ tịch 60/2014/QH13, Điều 4"),
    "residence-registration": ("Đăng ký cư trú", "Luật Cư trú 68/2020/QH14, Điều 36"),
    "business-registration": ("Đăng ký kinh doanh", "Luật Doanh nghiệp 59/2020/QH14, Điều 216"),
    "school-admission": ("Tuyển sinh, quản lý học sinh", "Luật Giáo dục 43/2019/QH14, Điều 99"),
    "land-registration": ("Đăng ký đất đai", "Luật Đất đai 31/2024/QH15, Điều 131-136"),
    "vehicle-registration": (
        "Đăng ký, quản lý xe",
        "Luật Trật tự, an toàn giao thông đường bộ 36/2024/QH15, Điều 35-39",
    ),
    "sample-data": ("Dữ liệu mẫu để dùng thử", "Không phải dữ liệu thật"),
    "customer-due-diligence": ("Nhận biết khách hàng", "Luật Phòng, chống rửa tiền 14/2022/QH15"),
}
EVERY = [verb.value for verb in Verb if verb != Verb.RUN]
LOOK = [Verb.READ.value, Verb.SEARCH.value, Verb.HISTORY.value]


def runs(*names: str) -> list[tuple[str, str, list[str]]]:
    """Agreements to run operations."""
    return [("operations", name, [Verb.RUN.value]) for name in names]


# agency: name, purposes, then (collection, fieldset, verbs).
AGENCIES: dict[str, tuple[str, tuple[str, ...], tuple[tuple[str, str, list[str]], ...]]] = {
    "civil-status": (
        "Phòng Hộ tịch, Sở Tư pháp",
        ("civil-status", "residence-registration"),
        (
            ("people", "full", EVERY),
            ("residences", "full", EVERY),
            ("civil-events", "full", EVERY),
            *runs("register-birth", "register-death", "register-marriage", "register-divorce"),
            *runs("change-name", "begin-guardianship", "end-guardianship"),
            *runs("register-adoption", "end-adoption", "replace-personal-id"),
            *runs("merge-people", "separate-people", "move-residence"),
        ),
    ),
    "business": (
        "Phòng Đăng ký kinh doanh, Sở Tài chính",
        ("business-registration",),
        (
            ("people", "identity", [Verb.READ.value]),
            ("enterprises", "full", EVERY),
            ("branches", "full", EVERY),
            ("officers", "full", EVERY),
            ("interests", "full", EVERY),
            *runs("register-enterprise", "change-representative", "move-head-office"),
            *runs("suspend-enterprise", "resume-enterprise", "transfer-interest"),
            *runs("begin-dissolution", "end-enterprise"),
        ),
    ),
    "education": (
        "Sở Giáo dục và Đào tạo",
        ("school-admission",),
        (
            ("people", "identity", LOOK),
            ("schools", "full", EVERY),
            ("students", "full", EVERY),
            ("enrolments", "full", EVERY),
            ("results", "full", EVERY),
            ("diplomas", "full", EVERY),
            *runs("enrol", "move-school", "repeat-year", "graduate"),
            *runs("correct-diploma", "withdraw-diploma"),
        ),
    ),
    "land": (
        "Văn phòng Đăng ký đất đai",
        ("land-registration",),
        (
            ("people", "identity", LOOK),
            ("parcels", "full", EVERY),
            ("parcel-origins", "full", EVERY),
            ("dwellings", "full", EVERY),
            ("certificates", "full", EVERY),
            ("rights", "full", EVERY),
            ("encumbrances", "full", EVERY),
            *runs("transfer-property", "inherit-property", "mortgage-property"),
            *runs("release-mortgage", "split-parcel", "merge-parcels", "replace-certificate"),
        ),
    ),
    "traffic-police": (
        "Phòng Cảnh sát giao thông, Công an Thành phố Hồ Chí Minh",
        ("vehicle-registration",),
        (
            ("people", "identity", LOOK),
            ("vehicles", "full", EVERY),
            ("plates", "full", EVERY),
            ("registrations", "full", EVERY),
            ("inspections", "full", EVERY),
            *runs("register-vehicle", "transfer-vehicle", "recover-plate", "change-plate-colour"),
            *runs("deregister-vehicle"),
        ),
    ),
    "tax": (
        "Thuế Thành phố Hồ Chí Minh",
        ("tax-assessment",),
        (
            ("people", "identity", LOOK),
            ("people", "residence", [Verb.READ.value]),
            ("enterprises", "full", LOOK),
        ),
    ),
    "bank": (
        "Ngân hàng Sài Gòn Mẫu",
        ("customer-due-diligence",),
        (("people", "identity", [Verb.READ.value]), ("encumbrances", "check", LOOK)),
    ),
}
CLERKS = {
    "thuky": ("citizens", "Thư ký hộ tịch", ""),
    "thuky.phucuong": ("citizens", "Thư ký hộ tịch, phường Thủ Dầu Một", "25747"),
    "kiemsoat": ("citizens", "Kiểm soát viên hộ tịch", ""),
    "dangky": ("businesses", "Đăng ký kinh doanh", ""),
    "giaovu": ("education", "Giáo vụ", ""),
    "diachinh": ("housing", "Địa chính", ""),
    "dangkyxe": ("vehicles", "Cán bộ đăng ký xe", ""),
}
ADMINISTRATOR = "quantri"
CITIZENS = (1, 2, 3)
SAMPLES = 30


def prepare() -> None:
    """Make the accounts that are missing and write `demo.json`; load samples unless HOSO_SEED=0."""
    path = Path(settings.HOSO_HOME) / "demo.json"
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    with transaction.atomic():
        told = {
            "base_url": settings.HOSO_BASE_URL,
            "clerks": _clerks(kept.get("clerks", [])),
            "citizens": [],
            "partners": _partners(kept.get("partners", [])),
        }
    if os.environ.get("HOSO_SEED") != "0":
        load_samples()
        told["citizens"] = _citizens(kept.get("citizens", []))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=1)


def load_samples(count: int = SAMPLES) -> None:
    """Record `count` samples of each collection, those that are not there yet, in menu order."""
    by, occasion = system("samples"), Occasion("sample-data")
    for name, record_type in record_types().items():
        if record_type.model._base_manager.exists():
            continue
        make = samples(name)
        for n in range(1, count + 1):
            try:
                changes.create(record_type, make(n), by=by, occasion=occasion, reason="Dữ liệu mẫu")
            except Conflict:
                # Several samples may share one parent: the second of them is there already.
                continue


def _clerks(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    passwords = {clerk["username"]: clerk["password"] for clerk in kept}
    told = []
    for username, (registry, title, unit) in CLERKS.items():
        password = passwords.get(username) or secrets.token_urlsafe(12)
        user, made = User.objects.get_or_create(username=username, defaults={"first_name": title})
        if made or not user.check_password(password):
            user.set_password(password)
            user.save()
        verbs = EVERY if unit else [*EVERY, Verb.RUN.value]
        Role.objects.get_or_create(user=user, registry=registry, unit=unit, verbs=verbs)
        may = {"registry": registry, "unit": unit or None, "verbs": verbs}
        told.append({"username": username, "password": password, "may": may})
    password = passwords.get(ADMINISTRATOR) or secrets.token_urlsafe(12)
    user, _made = User.objects.get_or_create(
        username=ADMINISTRATOR, defaults={"first_name": "Quản trị", "is_superuser": True}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    may = {"administration": "agencies, agreements, clerks"}
    told.append({"username": ADMINISTRATOR, "password": password, "may": may})
    return told


def _citizens(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Their links are chance, not made of who they are."""
    links = {c["personal_id"]: c["sign_in_url"].rpartition("/")[2] for c in kept}
    told = []
    for n in CITIZENS:
        person = samples("people")(n)
        token = links.get(person["personal_id"]) or secrets.token_urlsafe(24)
        told.append(
            {
                "personal_id": person["personal_id"],
                "full_name": person["full_name"],
                "sign_in_url": f"{settings.HOSO_BASE_URL}{reverse('demo-sign-in', args=[token])}",
            }
        )
    return told


def _partners(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    pems = {partner["client_id"]: partner["private_key_pem"] for partner in kept}
    purposes = {
        code: Purpose.objects.get_or_create(
            code=code, defaults={"title": title, "legal_basis": basis}
        )[0]
        for code, (title, basis) in PURPOSES.items()
    }
    told = []
    for code, (name, why, may) in AGENCIES.items():
        agency, _ = Agency.objects.get_or_create(code=code, defaults={"name": name, "demo": True})
        for collection, fieldset, verbs in may:
            agreement, made = Agreement.objects.get_or_create(
                agency=agency,
                collection=collection,
                fieldset=fieldset,
                defaults={
                    "verbs": verbs,
                    "valid_from": datetime.date(2026, 1, 1),
                    "per_minute": 60_000,
                    "rows": 100_000 if Verb.EXPORT in verbs else 200,
                },
            )
            if made:
                agreement.purposes.set([purposes[p] for p in why])
        client_id = f"demo-{code}"
        client, _ = Client.objects.get_or_create(
            client_id=client_id, defaults={"agency": agency, "name": f"Hệ thống mẫu: {name}"}
        )
        pem = pems.get(client_id) or _new_key()
        key = OKPKey.import_key(pem)
        kid = key.thumbprint()
        ClientKey.objects.get_or_create(
            client=client, kid=kid, defaults={"jwk": key.as_dict(private=False)}
        )
        told.append(
            {
                "client_id": client_id,
                "agency": name,
                "private_key_pem": pem,
                "kid": kid,
                "alg": "EdDSA",
                "token_url": f"{settings.HOSO_BASE_URL}/oauth/token",
                "audience": settings.HOSO_BASE_URL,
                "purposes": list(why),
                "may": [
                    {"scope": f"{collection}:{fieldset}", "verbs": verbs}
                    for collection, fieldset, verbs in may
                ],
            }
        )
    return told


def _new_key() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )
