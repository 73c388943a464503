"""What a registry declares, once, in its `registry.py`: the rest of the kernel follows from it.

A registry is a value with a well-known name, like `urlpatterns`. Nothing is registered, so there is
no order of loading and nothing to undo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast, get_type_hints

from django.apps import apps
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.db.models.options import Options
    from django.utils.functional import _StrOrPromise

    from records.changes import Work
    from records.models import Record

# The kernel's own columns: a caller reads of them what a row says anyway, and writes none.
KEPT_BY_KERNEL = frozenset(
    {"id", "version", "recorded_at", "source", "warnings", "closed_on", "closed_reason"}
)


@dataclass(frozen=True, kw_only=True)
class States:
    """The steps a record's `status` may take.

    `initial`: with which a record may begin, whoever records it. `steps`: from → to. `by`: the steps that
    only these operations may take: all into a status, or the one named (from, to), which goes before; any
    other may be taken by whoever may amend the record. `in_force`: with which it rests on what it refers
    to; a record that holds for a time does so with any that steps lead on from.
    """

    initial: tuple[str, ...]
    steps: Mapping[str, tuple[str, ...]]
    by: Mapping[str | tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    in_force: tuple[str, ...] = ()

    def takers(self, old: str, new: str) -> tuple[str, ...]:
        """The operations that alone may take a step; none: whoever may amend may take it."""
        return self.by.get((old, new), self.by.get(new, ()))

    def reached(self, old: str) -> frozenset[str]:
        """The statuses that steps lead to from `old`, one or several, whoever may take them."""
        found: set[str] = set()
        after = [*self.steps.get(old, ())]
        while after:
            if (status := after.pop()) not in found:
                found.add(status)
                after += self.steps.get(status, ())
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class ByKind:
    """What a key points to where another column says of which kind it is: `column` → collection."""

    column: str
    collections: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HeldToday:
    """What open records of `collection`, which refer to a record, say in `column` of today.

    `when`: which of them. `label`: what people read beside it.
    """

    collection: str
    column: str
    label: _StrOrPromise
    when: models.Q = field(default_factory=models.Q)

    def refers(self, record_type: RecordType) -> str:
        """The name of the reference to a record type's model. Raises StopIteration without one."""
        fields = record_types()[self.collection].model._meta.concrete_fields
        return next(f.name for f in fields if f.related_model is record_type.model)


@dataclass(frozen=True, kw_only=True)
class Open:
    """What anybody may read of open records without saying who they are: by key, name or number.

    fieldset     the columns
    legal_basis  the law that makes them public
    only         of which records it does
    held         what other records say of them today: shown name → HeldToday
    """

    fieldset: str
    legal_basis: str
    only: models.Q = field(default_factory=models.Q)
    held: Mapping[str, HeldToday] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Verifiable:
    """What anybody may ask with a plain yes or no: is there a record that says this, and is it good?

    columns      what must be given together; the first is looked up by and leads an index, texts of no
                 shape are compared as names are searched
    legal_basis  the law by which anybody may ask
    valid        the statuses that are good; none: any. A closed record never is
    """

    columns: tuple[str, ...]
    legal_basis: str
    valid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """Something allowed that looks wrong: kept with the record until the record is mended."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordType:
    """One collection of records. Names are columns, or `parent__column` for a parent's in a fieldset.

    key         the column that addresses a record: URL, admin, audit
    identity    the columns that say two rows speak of the same fact: a UNIQUE constraint
    subjects    lookup paths to the numbers of the people and firms a record is about
    fieldsets   named sets of columns: what can be granted, shown and written; each holds the key
    filters     columns a list may be filtered by; each leads an index that ends with `id`
    search      what a search box finds: columns of names (kept in `folded`), and of numbers by shape
    similar     sets of columns in which two records of the same person or thing would be equal
    unit        the column of the administrative unit that agreements and roles may be bound to
    unit_on     the column of a day on which that unit held; None: on which is not known
    stated      columns with a default that a file must fill for a new record all the same
    states      the steps of `status`; None: any of its values, at any time
    references  keys that point to collections without a ForeignKey, of this registry or another's
    headers     what a file may also call a column, beside its label and its English name
    portal      the fieldset a citizen sees of records about them
    called      what a citizen calls these records, where that is not what an office calls them
    open        what anybody may read without signing in
    verifiable  what anybody may have confirmed without signing in
    warns       functions from a record's values to what looks wrong in them
    four_eyes   whether an import is applied, and undone, by somebody else than who sent the file
    """

    model: type[Record]
    key: str
    identity: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    fieldsets: Mapping[str, tuple[str, ...]]
    filters: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    similar: tuple[tuple[str, ...], ...] = ()
    unit: str | None = None
    unit_on: str | None = None
    stated: tuple[str, ...] = ()
    states: States | None = None
    references: Mapping[str, tuple[str, ...] | ByKind] = field(default_factory=dict)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    portal: str | None = None
    called: _StrOrPromise = ""
    open: Open | None = None
    verifiable: Verifiable | None = None
    warns: tuple[Callable[[Mapping[str, Any]], Iterable[Warned]], ...] = ()
    four_eyes: bool = False

    @cached_property
    def collection(self) -> str:
        """The plural word in URLs, scopes, files and audit: the table's name."""
        return self.model._meta.db_table.replace("_", "-")

    @property
    def title(self) -> _StrOrPromise:
        """What a citizen calls these records."""
        return self.called or self.model._meta.verbose_name or self.collection

    @cached_property
    def columns(self) -> Mapping[str, models.Field[Any, Any]]:
        """The model's fields by column: the one name that API, files, events and SQL share."""
        return {
            str(f.column): f
            for f in self.model._meta.concrete_fields
            if not isinstance(f, models.GeneratedField)
        }

    @cached_property
    def named(self) -> bool:
        """Whether the model keeps `folded` and `sort_key`, so that it is searched and listed by name."""
        return any(f.name == "folded" for f in self.model._meta.concrete_fields)

    @cached_property
    def writable(self) -> tuple[str, ...]:
        """The columns a caller may write, in the model's order."""
        return tuple(name for name in self.columns if name not in KEPT_BY_KERNEL)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The columns without which nothing new can be recorded."""
        return tuple(
            name
            for name in self.writable
            if not self.columns[name].null and not self.columns[name].has_default()
        )

    @cached_property
    def needed_in_files(self) -> tuple[str, ...]:
        """The columns without which a file can record nothing new: a list that leaves them out may mean
        anything, where somebody who fills in a form is shown what is assumed."""
        return tuple(name for name in self.writable if name in {*self.needed, *self.stated})

    @cached_property
    def events(self) -> type[models.Model]:
        """The model of this collection's history."""
        meta: Options[Any] = self.model._meta
        related = meta.get_field("events").related_model
        assert isinstance(related, type)
        return related

    def path(self, name: str) -> str:
        """The ORM's path for a column or a parent's column: `school_code` → `school_id`."""
        head, _, tail = name.partition("__")
        if not tail:
            return self.columns[name].attname
        parent = self.model._meta.get_field(head).related_model
        assert isinstance(parent, type)
        column = next(f for f in parent._meta.concrete_fields if f.column == tail)
        return f"{head}__{column.attname}"

    def field(self, name: str) -> models.Field[Any, Any]:
        """The model field behind a column or a parent's column."""
        head, _, tail = name.partition("__")
        if not tail:
            return self.columns[name]
        parent = self.model._meta.get_field(head).related_model
        assert isinstance(parent, type)
        return next(f for f in parent._meta.concrete_fields if f.column == tail)

    def value_field(self, name: str) -> models.Field[Any, Any]:
        """The field that judges a column's values: for a reference to a parent, the parent's key."""
        found = self.field(name)
        return found.target_field if isinstance(found, models.ForeignKey) else found

    def judge(self, name: str, said: Callable[[str], Any]) -> models.Field[Any, Any]:
        """The field that judges a column's value in a row; `said` tells the row's other values."""
        field: Any = self.value_field(name)
        beside = getattr(field, "beside", "")
        if beside in self.columns:
            field = field.among(said(beside))
        return cast("models.Field[Any, Any]", field)

    def pointed_at(self, name: str) -> tuple[tuple[str, str], ...]:
        """(value of the kind's column or an empty text, collection): what a key in `references` means."""
        said = self.references.get(name, ())
        if isinstance(said, ByKind):
            return tuple(said.collections.items())
        return tuple(("", collection) for collection in said)


def shown_as(name: str) -> str:
    """How a fieldset's entry is called in what is shown: a parent's column by its own name."""
    return name.rpartition("__")[2]


class Input:
    """The typed input of an operation: each annotation names the field that judges its value.

    `personal_id: Annotated[str, PersonalId("Số định danh cá nhân")]`. An instance holds the judged
    values.
    """

    fields: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        hints = get_type_hints(cls, include_extras=True)
        hints.pop("fields")
        cls.fields = {name: hint.__metadata__[0] for name, hint in hints.items()}
        for name, declared in cls.fields.items():
            declared.set_attributes_from_name(name)

    def __init__(self, **values: Any) -> None:
        for name in self.fields:
            setattr(self, name, values.get(name))


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """What an office does in one go over several records (nghiệp vụ): atomic, with a legal basis.

    `run(work, given)` makes its changes through `work` and raises a Problem where it may not.
    """

    run: Callable[[Work, Any], None]
    title: _StrOrPromise
    legal_basis: str
    input: type[Input]
    example: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.run.__name__.replace("_", "-")

    @property
    def description(self) -> str:
        return " ".join((self.run.__doc__ or "").split())


@dataclass(frozen=True, kw_only=True)
class Check:
    """What should be so across records and no constraint can hold: looked for nightly.

    `sql`: a query of `id` and `said` (jsonb: `field`, `key`) of those records of `collection` in which it
    is not so.
    """

    name: str
    collection: str
    title: _StrOrPromise
    sql: str


@dataclass(frozen=True, kw_only=True)
class Registry:
    """One registry's declaration. Its title is its app's `verbose_name`."""

    records: tuple[RecordType, ...]
    operations: tuple[Operation, ...] = ()
    checks: tuple[Check, ...] = ()


@lru_cache(maxsize=1)
def registries() -> dict[str, Registry]:
    """The declared registries by app label, in the order of `settings.REGISTRIES`."""
    apps.check_models_ready()
    return {name: import_module(f"{name}.registry").registry for name in settings.REGISTRIES}


def title_of(label: str) -> _StrOrPromise:
    """A registry's name, as its app declares it."""
    return apps.get_app_config(label).verbose_name


@lru_cache(maxsize=1)
def record_types() -> dict[str, RecordType]:
    """All record types by collection, in menu order."""
    return {t.collection: t for registry in registries().values() for t in registry.records}


@lru_cache(maxsize=1)
def operations() -> dict[str, Operation]:
    """All operations by name, in menu order."""
    return {o.name: o for registry in registries().values() for o in registry.operations}


def type_of(model: type[models.Model]) -> RecordType:
    """The declaration of a model. Raises KeyError for a model that none declares."""
    return {t.model: t for t in record_types().values()}[model]  # type: ignore[index]


def samples(collection: str) -> Callable[[int], dict[str, Any]]:
    """The sample maker of a collection: a number in, one record's values out, always the same."""
    made = import_module(record_types()[collection].model.__module__.partition(".")[0] + ".samples")
    maker: Callable[[int], dict[str, Any]] = made.SAMPLES[collection]
    return maker
