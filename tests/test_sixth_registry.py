"""A sixth registry by the recipe of CONTRIBUTING.md: six files and one word, and everything follows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LEFT_OUT = shutil.ignore_patterns(".venv", "var", ".git", "__pycache__", ".*_cache", "pictures")
NOW = 'REGISTRIES = ["citizens", "businesses", "vehicles", "housing", "education"]'
FILES = {
    "__init__.py": "",
    "migrations/__init__.py": "",
    "apps.py": """
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FisheriesConfig(AppConfig):
    name = "fisheries"
    verbose_name = _("Tàu cá")
""",
    "models.py": '''
from django.db import models
from django.utils.translation import gettext_lazy as _

from fisheries.validators import BoatNo
from records.fields import Choice, Name, UnitCode, folded, sorted_by, words_index
from records.models import ForATime, OneAtATime, Record
from records.owners import OwnerId, owner_kind
from records.quantities import Decimal, Year


class Boat(Record):
    """A fishing boat (tàu cá)."""

    class Status(models.TextChoices):
        AFLOAT = "afloat", _("Đang hoạt động")
        BROKEN_UP = "broken_up", _("Đã phá dỡ")

    boat_no = BoatNo(_("Số đăng ký tàu"), unique=True)
    owner_kind = owner_kind(_("Loại chủ tàu"))
    owner_id = OwnerId(_("Số định danh chủ tàu"))
    owner_name = Name(_("Tên chủ tàu"))
    home_unit = UnitCode(_("Mã xã nơi neo đậu"))
    length = Decimal(_("Chiều dài"), optional=True)
    built = Year(_("Năm đóng"), optional=True)
    status = Choice(_("Tình trạng tàu"), choices=Status.choices, default=Status.AFLOAT)
    folded = folded("owner_name")
    sort_key = sorted_by("owner_name")

    class Meta:
        db_table = "boats"
        verbose_name = _("Tàu cá")
        indexes = [
            models.Index(fields=["owner_id", "id"], name="boats_owner"),
            models.Index(fields=["home_unit", "id"], name="boats_unit"),
            words_index("boats_words"),
            models.Index(fields=["sort_key", "id"], name="boats_sort_key"),
        ]


class Licence(ForATime):
    """Leave to fish with a boat for a time (giấy phép khai thác thủy sản)."""

    boat = models.ForeignKey(
        Boat,
        models.PROTECT,
        to_field="boat_no",
        db_column="boat_no",
        db_index=False,
        verbose_name=_("Số đăng ký tàu"),
    )

    class Meta(ForATime.Meta):
        db_table = "fishing_licences"
        verbose_name = _("Giấy phép khai thác")
        constraints = [
            *ForATime.Meta.constraints,
            models.UniqueConstraint(fields=["boat", "valid_from"], name="licences_identity"),
            OneAtATime(fields=("boat",), name="licences_one"),
        ]
        indexes = [models.Index(fields=["boat", "id"], name="licences_boat")]
''',
    "validators.py": """
from django.utils.translation import gettext_lazy as _

from records.fields import Text
from records.registry import Warned


class BoatNo(Text):
    shape = "[A-Z]{2}-[0-9]{5}-TS"
    length = 11
    exact = True
    explain = _("Số đăng ký tàu có dạng BD-12345-TS.")
    examples = ("BD-12345-TS",)


def long_enough(values):
    if values.get("length") and float(values["length"]) < 6:
        yield Warned("length", "structure", "Tàu dưới 6 mét do xã quản lý.")
""",
    "operations.py": '''
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from fisheries.models import Boat
from fisheries.validators import BoatNo
from records.changes import Work
from records.registry import Input, Operation


class Wreck(Input):
    boat_no: Annotated[str, BoatNo(_("Số đăng ký tàu"))]


def break_up_boat(work: Work, given: Wreck) -> None:
    """Ends a boat's life."""
    work.amend(work.get(Boat, given.boat_no, field="boat_no"), {"status": Boat.Status.BROKEN_UP})


OPERATIONS = (
    Operation(
        run=break_up_boat,
        title=_("Xóa đăng ký tàu cá"),
        legal_basis="Luật Thủy sản 18/2017/QH14, Điều 72",
        input=Wreck,
        example={"boat_no": "BD-12345-TS"},
    ),
)
''',
    "samples.py": """
from records.population import Seed

NAMES = ("Lê Văn Biển", "Trần Thị Sóng", "H'Hen Niê")


def boat(n):
    return {
        "boat_no": f"BD-{n % 100_000:05d}-TS",
        "owner_kind": "person",
        "owner_id": f"0740850{n % 100_000:05d}",
        "owner_name": NAMES[n % 3],
        "home_unit": ("25747", "25750")[n % 2],
        "length": f"{12 + n % 9}.5",
        "built": 2000 + n % 20,
        "status": "afloat",
    }


def licence(n):
    begins = 2010 + n % 10
    return {
        "boat_no": boat(n)["boat_no"],
        "valid_from": f"{begins}-01-15",
        "valid_to": f"{begins + 4}-12-31",
    }


SAMPLES = {"boats": boat, "fishing-licences": licence}
SEEDS = {
    "boats": Seed(
        ("boat_no", "owner_kind", "owner_id", "owner_name", "home_unit"),
        lambda around: (
            (f"BD-{p.index:05d}-TS", "person", p.personal_id, p.full_name, "25747")
            for p in around.people[:3]
        ),
    ),
    "fishing-licences": Seed(
        ("boat_no", "valid_from"),
        lambda around: ((f"BD-{p.index:05d}-TS", "2024-01-01") for p in around.people[:3]),
    ),
}
""",
    "registry.py": """
from fisheries.models import Boat, Licence
from fisheries.operations import OPERATIONS
from fisheries.validators import long_enough
from records.registry import ByKind, RecordType, Registry, States

boats = RecordType(
    model=Boat,
    key="boat_no",
    identity=("boat_no",),
    subjects=("owner_id",),
    fieldsets={
        "summary": ("boat_no", "owner_name", "status"),
        "full": (
            "boat_no", "owner_kind", "owner_id", "owner_name", "home_unit", "length", "built",
            "status",
        ),
    },
    filters=("owner_id", "home_unit"),
    search=("owner_name", "owner_id"),
    unit="home_unit",
    portal="full",
    states=States(
        initial=("afloat",),
        steps={"afloat": ("broken_up",)},
        by={"broken_up": ("break-up-boat",)},
        in_force=("afloat",),
    ),
    references={"owner_id": ByKind("owner_kind", {"person": "people", "enterprise": "enterprises"})},
    warns=(long_enough,),
)
licences = RecordType(
    model=Licence,
    key="id",
    identity=("boat_no", "valid_from"),
    subjects=("boat__owner_id",),
    fieldsets={
        "summary": ("id", "boat_no", "valid_from", "valid_to"),
        "full": ("id", "boat_no", "boat__owner_id", "boat__owner_name", "valid_from", "valid_to"),
    },
    filters=("boat_no",),
    portal="full",
)
registry = Registry(records=(boats, licences), operations=OPERATIONS)
""",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one folder and one word more."""
    house = tmp_path_factory.mktemp("six") / "house"
    shutil.copytree(ROOT, house, ignore=LEFT_OUT)
    for name, text in FILES.items():
        path = house / "fisheries" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    settings_py = house / "config" / "settings.py"
    said = settings_py.read_text(encoding="utf-8")
    assert NOW in said
    settings_py.write_text(said.replace(NOW, NOW[:-1] + ', "fisheries"]'), encoding="utf-8")
    return house


def run(house: Path, *command: str, timeout: int = 110, **more: str) -> str:
    outside = ("DATABASE", "BROKER", "HOSO_", "PYTEST", "DJANGO", "TOKEN_", "SECRET_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(outside)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=house,
        env=kept | {"HOSO_HOME": str(house.parent / "home")} | more,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_sixth_registry_is_six_files_and_one_word(house: Path) -> None:
    none = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    run(house, "manage.py", "makemigrations", "fisheries", **none)
    run(house, "manage.py", "check", **none)
    run(house, "manage.py", "openapi", **none)
    said = (house / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    for path in ("/api/v1/boats/{key}", "/api/v1/operations/break-up-boat", "fishing-licences"):
        assert path in said
    told = run(
        house,
        "-m",
        "config.embedded",
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/every_registry",
        "tests/test_layers.py",
        "-k",
        "boats or fishing-licences or fisheries",
        timeout=230,
    )
    assert " passed" in told
    assert int(told.split(" passed")[0].split()[-1]) > 100
