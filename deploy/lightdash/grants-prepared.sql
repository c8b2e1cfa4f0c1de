-- What attributed needs besides grants.sql once attributed lightdash prepare has made its tables. Run it as their owner.

GRANT USAGE ON SCHEMA attributed TO attributed;
GRANT INSERT ON attributed.audit_events TO attributed;
GRANT SELECT, INSERT, UPDATE, DELETE ON attributed.idempotency_records TO attributed;
