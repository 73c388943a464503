"""An import: a file, what was found in it, how far it is. Its rows stand in three tables beside it.

PostgreSQL keeps the queue: a worker is only nudged, and whatever stalls is nudged again. The rows as
read (`import_row`) are unlogged, because the stored file gives them back; what was found about them
(`import_fault`, `import_line`), what was done (`import_chunk`) and what an undoing left (`import_left`)
is logged.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from records.fields import Text
from records.models import Uuid7


class Stage(models.TextChoices):
    """Where an import stands. It moves on by itself, but from `ready`, where somebody decides."""

    RECEIVED = "received", _("Đã nhận tệp")
    READING = "reading", _("Đang đọc tệp")
    CHECKING = "checking", _("Đang kiểm tra")
    READY = "ready", _("Chờ quyết định")
    APPLYING = "applying", _("Đang ghi vào hồ sơ")
    APPLIED = "applied", _("Đã ghi xong")
    FAILED = "failed", _("Không nhập được")
    CANCELLED = "cancelled", _("Đã hủy")
    UNDOING = "undoing", _("Đang hoàn tác")
    UNDONE = "undone", _("Đã hoàn tác")


#: In which a worker has something to do.
MOVING = (Stage.RECEIVED, Stage.READING, Stage.CHECKING, Stage.APPLYING, Stage.UNDOING)


class Import(models.Model):
    """One file of one collection, from its arrival to the last record it changed.

    `columns`: the fields found, in the file's order: [{field, header, at}], `at` the cell's place in a
    row from 0. `found`: what the file is: kind, encoding, how it reads in it and in others (readings),
    sheet, first line of data, extra columns, skipped rows. `encoding`: the one that somebody chose;
    blank: the one that is found. `counts`: rows by verdict and by what they would do or did. `by`,
    `decided_by`, `undone_by`: who sent it, had it applied, had it undone (`working.kept`). `tries`: how
    often its stage was begun since it last got on; `interruptions`: how many tries were cut short.
    `mends`: the import whose file came back, mended.
    """

    id = models.UUIDField(primary_key=True, db_default=Uuid7(), editable=False)
    collection = models.CharField(_("Loại hồ sơ"), max_length=40)
    fieldset = models.CharField(_("Nhóm thông tin"), max_length=40)
    file_name = Text(_("Tên tệp"))
    size = models.BigIntegerField(_("Dung lượng"))
    encoding = models.CharField(_("Bảng mã"), max_length=20, default="")
    digest = models.CharField(max_length=64)
    mends = models.UUIDField(null=True)
    stage = models.CharField(
        _("Giai đoạn"), max_length=12, choices=Stage.choices, default=Stage.RECEIVED
    )
    problem = models.JSONField(null=True)
    by = models.JSONField()
    decided_by = models.JSONField(null=True)
    undone_by = models.JSONField(null=True)
    undo_reason = Text(_("Lý do hoàn tác"), optional=True, max_length=1000)
    owner = models.CharField(max_length=200)
    agreement_id = models.UUIDField(null=True)
    legal_basis = models.CharField(max_length=500)
    units = ArrayField(models.CharField(max_length=5), default=list)
    reason = Text(_("Lý do"), max_length=1000)
    columns = models.JSONField(default=list)
    found = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    rows_done = models.BigIntegerField(default=0)
    share = models.FloatField(default=0)
    received_at = models.DateTimeField(_("Nhận lúc"), db_default=Now())
    stage_began_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    interruptions = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "imports"
        verbose_name = _("Đợt nhập dữ liệu")
        indexes = [
            models.Index(fields=["owner", "-id"], name="import_owner"),
            models.Index(fields=["digest"], name="import_digest"),
            models.Index(
                fields=["beat_at"],
                condition=models.Q(stage__in=MOVING),
                name="import_moving",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Row(models.Model):
    """A row as read. `cells`: normal forms in the order of `Import.columns`; NULL: blank or unreadable,
    an empty text: to be cleared."""

    pk = models.CompositePrimaryKey("import_id", "line")
    import_id = models.UUIDField()
    line = models.IntegerField()
    cells = ArrayField(models.TextField(null=True))

    class Meta:
        db_table = "import_row"


class Severity(models.TextChoices):
    ERROR = "error", _("Lỗi")
    WARNING = "warning", _("Cảnh báo")


class Found(models.Model):
    """Something found about a cell. `detail`: language → words; `raw`: the cell as it was."""

    pk = models.CompositePrimaryKey("import_id", "line", "field", "code")
    import_id = models.UUIDField()
    line = models.IntegerField()
    field = models.CharField(max_length=63)
    code = models.CharField(max_length=30)
    severity = models.CharField(max_length=7, choices=Severity.choices)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    detail = models.JSONField(default=dict)
    raw = models.TextField(default="")

    class Meta:
        db_table = "import_fault"
        indexes = [
            models.Index(
                fields=["import_id", "line"],
                condition=models.Q(code="stale"),
                name="import_fault_stale",
            )
        ]


class Outcome(models.TextChoices):
    """What a row would do."""

    NEW = "new", _("Thêm mới")
    CHANGED = "changed", _("Thay đổi")
    UNCHANGED = "unchanged", _("Không đổi")


class Line(models.Model):
    """What a row was found to mean. `place`: its turn, by which chunks are cut, where it has one; `seen`:
    the version of the record it changes, as it was when checked."""

    pk = models.CompositePrimaryKey("import_id", "line")
    import_id = models.UUIDField()
    line = models.IntegerField()
    place = models.IntegerField(null=True)
    record_id = models.UUIDField(null=True)
    seen = models.IntegerField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)

    class Meta:
        db_table = "import_line"
        constraints = [
            models.UniqueConstraint(fields=["import_id", "place"], name="import_line_place")
        ]


class Chunk(models.Model):
    """Places `first` to `last` in one transaction; done once `ended_at` is set, with what it did.

    `tries`: how often the database refused it when it was one place; the second time it stays refused.
    `starts`: how often it was begun by a run that may be the next to die of it.
    """

    pk = models.CompositePrimaryKey("import_id", "first")
    import_id = models.UUIDField()
    first = models.IntegerField()
    last = models.IntegerField()
    created = models.IntegerField(db_default=0)
    changed = models.IntegerField(db_default=0)
    stale = models.IntegerField(db_default=0)
    refused = models.IntegerField(db_default=0)
    tries = models.SmallIntegerField(db_default=0)
    starts = models.SmallIntegerField(db_default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "import_chunk"


class Why(models.TextChoices):
    """Why an undoing left a record as it is."""

    CHANGED = "changed", _("Hồ sơ đã được sửa sau lần nhập này")
    REFERRED = "referred", _("Hồ sơ khác đang dẫn đến hồ sơ này")
    CONFLICT = "conflict", _("Giá trị trước đó nay trái một quy tắc")
    LOST = "lost", _("Lịch sử không giữ giá trị trước đó")


class Left(models.Model):
    """A record that an undoing left as it is. `line`: its row in the file, where that is still known.

    `by`: for `changed` the kind of actor who changed it last, at `at`; for `referred` the collection of
    what refers to it. `detail`: language → the words of the rule in the way.
    """

    pk = models.CompositePrimaryKey("import_id", "record_id")
    import_id = models.UUIDField()
    record_id = models.UUIDField()
    line = models.IntegerField(null=True)
    key = models.TextField()
    why = models.CharField(max_length=8, choices=Why.choices)
    by = models.CharField(max_length=40, default="", db_default="")
    at = models.DateTimeField(null=True)
    detail = models.JSONField(default=dict, db_default={})

    class Meta:
        db_table = "import_left"
