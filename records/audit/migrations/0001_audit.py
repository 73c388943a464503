from django.db import migrations

# Plain SQL, because Django makes no partitioned tables. The columns are final: sealing adds tables
# and alters none. No foreign keys: audit outlives what it tells of (ADR 0003).
ENTRY = """
CREATE TABLE audit_entry (
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  id uuid NOT NULL DEFAULT uuid7(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  request_id uuid NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('partner', 'clerk', 'citizen', 'system', 'public')),
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  agency text NOT NULL,
  agency_name text NOT NULL,
  agreement_id uuid,
  purpose text NOT NULL,
  legal_basis text NOT NULL,
  case_reference text NOT NULL,
  action text NOT NULL,
  operation text NOT NULL,
  collection text NOT NULL,
  record_id uuid,
  record_key text NOT NULL,
  fieldset text NOT NULL,
  fields text[] NOT NULL,
  outcome text NOT NULL,
  address inet,
  visible_after timestamptz,
  salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
  detail_encrypted bytea,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE TABLE audit_entry_default PARTITION OF audit_entry DEFAULT;
CREATE INDEX audit_entry_xid ON audit_entry (xid);
CREATE INDEX audit_entry_record ON audit_entry (record_id, at DESC) WHERE record_id IS NOT NULL;
CREATE INDEX audit_entry_request ON audit_entry (request_id);
"""

SUBJECT = """
CREATE TABLE audit_subject (
  at timestamptz NOT NULL,
  entry_id uuid NOT NULL,
  ord smallint NOT NULL,
  subject text NOT NULL,
  PRIMARY KEY (at, entry_id, ord)
) PARTITION BY RANGE (at);
CREATE TABLE audit_subject_default PARTITION OF audit_subject DEFAULT;
CREATE INDEX audit_subject_of ON audit_subject (subject, at DESC, entry_id);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("records", "0001_functions")]
    operations = [
        migrations.RunSQL(ENTRY, "DROP TABLE audit_entry"),
        migrations.RunSQL(SUBJECT, "DROP TABLE audit_subject"),
    ]
