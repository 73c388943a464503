from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations

# RFC 9562, version 7: 48 bits of milliseconds, then chance. PostgreSQL before 18 has none of its own.
UUID7 = """
DO $do$
BEGIN
  IF to_regprocedure('uuidv7()') IS NOT NULL THEN
    CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
  ELSE
    CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
      SELECT encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
    $$;
  END IF;
END
$do$
"""

# The first day a partial date can mean: 1985 -> 1985-01-01. Fails for a day that never was.
# Not STRICT, though NULL gives NULL: so a CHECK has it inlined, at a quarter of the cost.
FIRST_DAY = """
CREATE FUNCTION first_day(value text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

# Whoever writes, a record's version rises: what somebody saw is then seen to have changed.
COUNTS_VERSIONS = """
CREATE FUNCTION counts_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$
"""

# A number that was replaced is nobody's any more. The column's name is the trigger's argument.
NEVER_REUSED = """
CREATE FUNCTION never_reused() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  reused boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM standing_succession JOIN written ON old = written.%I)',
    TG_ARGV[1]) INTO reused;
  IF reused THEN
    RAISE EXCEPTION 'this number was replaced and is not used again'
      USING ERRCODE = 'unique_violation', CONSTRAINT = TG_ARGV[0];
  END IF;
  RETURN NULL;
END
$$
"""

# Shares add up exactly: numerator and denominator in lowest terms, over numbers of any size.
ADD_SHARE = """
CREATE FUNCTION add_share(total numeric[], share text, sign int) RETURNS numeric[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  a numeric := split_part(share, '/', 1)::numeric * sign;
  b numeric := split_part(share, '/', 2)::numeric;
  n numeric := total[1] * b + a * total[2];
  d numeric := total[2] * b;
  part numeric := gcd(n, d);
BEGIN
  IF d > 1e60 THEN
    -- Nobody divides a thing so; adding up goes no further than this.
    RETURN '{2,1}';
  END IF;
  RETURN ARRAY[div(n, part), div(d, part)];
END
$$;
CREATE AGGREGATE sum_shares(text, int) (sfunc = add_share, stype = numeric[], initcond = '{0,1}')
"""

# Who writes shares of a thing waits for who writes others of it; then no moment may have more than one whole.
# The trigger's arguments: rule, column of shares, columns of the whole, then table and key of each parent.
WITHIN_WHOLE = """
CREATE FUNCTION within_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whole text[] := string_to_array(TG_ARGV[2], ',');
  columns text := (SELECT string_agg(format('%I', name), ', ') FROM unnest(whole) AS name);
  passed boolean;
BEGIN
  FOR i IN 3..TG_NARGS - 1 BY 2 LOOP
    EXECUTE format('SELECT FROM %1$I AS parent WHERE %2$I IN (SELECT %3$I FROM written)
      ORDER BY %2$I FOR NO KEY UPDATE', TG_ARGV[i], TG_ARGV[i + 1], whole[cardinality(whole)]);
  END LOOP;
  EXECUTE format($q$
    WITH held AS (
      SELECT %1$s, %2$I AS share, valid_from, valid_to FROM %3$I
      WHERE closed_on IS NULL AND (%1$s) IN (SELECT %1$s FROM written)),
    step AS (
      SELECT %1$s, share, 1 AS sign, valid_from AS at FROM held UNION ALL
      SELECT %1$s, share, -1, valid_to + 1 FROM held WHERE valid_to IS NOT NULL),
    total AS (
      SELECT sum_shares(share, sign) OVER (PARTITION BY %1$s ORDER BY at) AS sum FROM step)
    SELECT EXISTS (SELECT FROM total WHERE sum[1] > sum[2])
  $q$, columns, TG_ARGV[1], TG_TABLE_NAME) INTO passed;
  IF passed THEN
    RAISE EXCEPTION 'the shares are more than the whole'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = TG_ARGV[0];
  END IF;
  RETURN NULL;
END
$$
"""

# What a name is searched by: no marks, no case, letters and digits only. The marks go before the case,
# so that any locale's lower() will do. Old and new tone placement, NFC and NFD come out alike.
FOLD = """
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(lower(translate(
    normalize(value, NFD),
    U&'\\0110\\0111\\00D0\\00F0\\0301\\0300\\0309\\0303\\0323\\0302\\0306\\031B\\0308\\030A\\0327\\030C',
    'dddd')), '[^a-z0-9]+', ' ', 'g'))
$$
"""

# What Vietnamese lists are sorted by: given name, then middle, then family. Each word is its letters, then
# its tone (level, huyền, hỏi, ngã, sắc, nặng): hoa < hòa < hoai. A letter's mark becomes a sign that comes
# after every letter (a ă â … d đ … o ô ơ … u ư): an < ang < ăn, all in plain byte order.
SORT_KEY = """
CREATE FUNCTION sort_key(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  plain text := replace(replace(lower(normalize(value, NFD)), U&'\\0111', 'd{'), U&'\\0110', 'd{');
  words text[] := string_to_array(plain, ' ');
  n int := cardinality(words);
  said text;
BEGIN
  FOR i IN 1..n LOOP
    said := words[i];
    words[i] := translate(said, U&'\\0306\\0302\\031B\\0300\\0309\\0303\\0301\\0323', '{|}') || coalesce(
      nullif(translate(said,
        U&'\\0300\\0309\\0303\\0301\\0323nhtgiaoucmylrdbkpvqsxefwjz{\\0302\\0306\\031B', '12345'), ''), '0');
  END LOOP;
  RETURN words[n] || ' ' || array_to_string(words[2:n-1], ' ') || ' ' || words[1];
END
$$
"""

# What a name is indexed by: its words, and each two of them together in byte order. Words of names are few
# and common; two together are rare, so a full name is found by a short list whatever its words.
# No query inside: starting one would cost more than all the rest.
NAME_TERMS = """
CREATE FUNCTION name_terms(folded text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  words text[] := string_to_array(folded, ' ');
  terms text[] := words;
  n int := least(cardinality(words), 16);
BEGIN
  FOR i IN 1..n LOOP
    FOR j IN i + 1..n LOOP
      terms := terms || CASE WHEN words[i] < words[j] COLLATE "C"
        THEN words[i] || ' ' || words[j] ELSE words[j] || ' ' || words[i] END;
    END LOOP;
  END LOOP;
  RETURN terms;
END
$$
"""

# The words that names hold, a collection: what a mistyped word is compared with.
NOTE_WORDS = """
CREATE FUNCTION note_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_word (collection, word, share)
  SELECT DISTINCT TG_ARGV[0], said, 0 FROM written, unnest(string_to_array(folded, ' ')) AS said
  WHERE said <> '' AND NOT EXISTS (
    SELECT FROM search_word AS known WHERE known.collection = TG_ARGV[0] AND known.word = said)
  ORDER BY said
  ON CONFLICT DO NOTHING;
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
        migrations.RunSQL(COUNTS_VERSIONS, "DROP FUNCTION counts_versions()"),
        TrigramExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION fold(text)"),
        migrations.RunSQL(SORT_KEY, "DROP FUNCTION sort_key(text)"),
        migrations.RunSQL(NAME_TERMS, "DROP FUNCTION name_terms(text)"),
        migrations.RunSQL(NOTE_WORDS, "DROP FUNCTION note_words()"),
        migrations.RunSQL(NEVER_REUSED, "DROP FUNCTION never_reused()"),
        migrations.RunSQL(ADD_SHARE, "DROP AGGREGATE sum_shares(text, int); DROP FUNCTION add_share"),
        migrations.RunSQL(WITHIN_WHOLE, "DROP FUNCTION within_whole()"),
    ]
