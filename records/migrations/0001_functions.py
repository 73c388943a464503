from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

# RFC 9562, version 7: 48 bits of milliseconds, then chance. Own SQL, because PostgreSQL 15 has none.
UUID7 = """
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(set_bit(set_bit(overlay(
    uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$
"""

# The first day a partial date can mean: 1985 -> 1985-01-01. Fails for a day that never was.
FIRST_DAY = """
CREATE FUNCTION first_day(value text) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT make_date(
    left(value, 4)::int,
    coalesce(nullif(substr(value, 6, 2), ''), '1')::int,
    coalesce(nullif(substr(value, 9, 2), ''), '1')::int)
$$
"""

# Law 3: no change without who and why. The context is set by history.speak_for, once a transaction.
MUST_SPEAK = """
CREATE FUNCTION must_speak() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('pghistory.context_metadata', true), '') = '' THEN
    RAISE EXCEPTION 'a change of % must say who makes it and why', TG_TABLE_NAME
      USING ERRCODE = 'HS001', HINT = 'Call history.speak_for in the same transaction.';
  END IF;
  RETURN NULL;
END
$$
"""

# Law 4 and law 6: what happened stays; a record is closed, not deleted.
NEVER = """
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % never happens', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HS002';
END
$$
"""

# A number that was replaced is nobody's any more. The column's name is the trigger's argument.
NEVER_REUSED = """
CREATE FUNCTION never_reused() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  reused boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM access_succession JOIN written ON old = written.%I)',
    TG_ARGV[1]) INTO reused;
  IF reused THEN
    RAISE EXCEPTION 'this number was replaced and is not used again'
      USING ERRCODE = 'unique_violation', CONSTRAINT = TG_ARGV[0];
  END IF;
  RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    """The functions that every registry's tables are made with: so it runs before their first."""

    initial = True
    dependencies = []
    run_before = [(label, "__first__") for label in settings.REGISTRIES]

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(UUID7, "DROP FUNCTION uuid7()"),
        migrations.RunSQL(FIRST_DAY, "DROP FUNCTION first_day(text)"),
        migrations.RunSQL(MUST_SPEAK, "DROP FUNCTION must_speak()"),
        migrations.RunSQL(NEVER, "DROP FUNCTION never()"),
        migrations.RunSQL(NEVER_REUSED, "DROP FUNCTION never_reused()"),
    ]
