"""
What a log looks like in PostgreSQL: a schema of its own in a database, whose triggers keep the rules for every writer.

    stored_events    originator_id │ originator_version │ topic │ state │ notification_id │ head
                                         the order of the whole log: 1, 2, 3 … ──┘           └── of the chain
    chain_start      one row: which log it is
    places  leases  names  snapshots  read_models     as in a file (`sqlite_schema`)

    INSERT ─▶ one writer at a time (an advisory lock for the transaction) ─▶ the next position, without a hole
           ─▶ leaf and head, by sha256() ─▶ NOTIFY
    UPDATE, DELETE, TRUNCATE of events and start ─▶ refused

A position is the number of the last event and one, never a sequence's: what is rolled back leaves no hole. The schema
is made once, under a lock, by the first process that opens the log for writing.
"""

from typing import Final

FORMAT: Final = 1
LOCK: Final = "hashtextextended('{schema}', 7411)"
"""What every writer of one log locks: an advisory lock for its transaction."""

TABLES: Final = """
CREATE TABLE log_format (only_row integer PRIMARY KEY CHECK (only_row = 1), format integer NOT NULL);
CREATE TABLE chain_start (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    log uuid NOT NULL,
    until bigint NOT NULL,
    at text NOT NULL
);
CREATE TABLE stored_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint NOT NULL,
    head bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);
CREATE INDEX stored_events_by_topic ON stored_events (topic, originator_id);
CREATE INDEX stored_events_first ON stored_events (notification_id, topic) WHERE originator_version = 1;
CREATE TABLE places (name text PRIMARY KEY, position bigint NOT NULL);
CREATE TABLE leases (name text PRIMARY KEY, holder text NOT NULL, beat bigint NOT NULL, about text NOT NULL);
CREATE TABLE names (token text PRIMARY KEY, salt bytea NOT NULL, name text);
CREATE INDEX names_by_name ON names (name) WHERE name IS NOT NULL;
CREATE TABLE read_models (
    model text NOT NULL,
    key text NOT NULL,
    position bigint NOT NULL,
    stream uuid NOT NULL,
    PRIMARY KEY (model, key, position)
);
CREATE TABLE snapshots (
    originator_id uuid PRIMARY KEY,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL
);
"""

RULES: Final = r"""
CREATE FUNCTION one_writer_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock({lock});
    RETURN NULL;
END $body$;

CREATE FUNCTION seal_event() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    before bytea;
    last bigint;
    name bytea := convert_to(NEW.topic, 'UTF8');
    leaf bytea;
BEGIN
    IF NEW.originator_version NOT IN (0, 1) AND NOT EXISTS (
           SELECT 1 FROM {schema}.stored_events
           WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version - 1)
       OR NEW.originator_version = 0 AND EXISTS (
           SELECT 1 FROM {schema}.stored_events WHERE originator_id = NEW.originator_id AND originator_version = 1)
    THEN
        RAISE EXCEPTION 'the event before this one is not in the log' USING ERRCODE = '23000';
    END IF;
    SELECT notification_id, head INTO last, before FROM {schema}.stored_events ORDER BY notification_id DESC LIMIT 1;
    IF last IS NULL THEN
        SELECT 0, sha256('\x03'::bytea || convert_to('tastyflow.log.1', 'UTF8') || '\x00'::bytea || uuid_send(log)
                         || int4send(until::integer) || convert_to(at, 'UTF8'))
        INTO last, before FROM {schema}.chain_start;
    END IF;
    NEW.notification_id := last + 1;
    leaf := sha256('\x00'::bytea || convert_to('tastyflow.event.1', 'UTF8') || '\x00'::bytea
                   || int8send(NEW.notification_id) || uuid_send(NEW.originator_id) || int8send(NEW.originator_version)
                   || int4send(octet_length(name)) || name || int4send(octet_length(NEW.state)) || NEW.state);
    NEW.head := sha256('\x02'::bytea || before || leaf);
    RETURN NEW;
END $body$;

CREATE FUNCTION tell_followers() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_notify('{channel}', '');
    RETURN NULL;
END $body$;

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % of % is refused', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = '23000';
END $body$;

CREATE FUNCTION names_are_only_forgotten() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'UPDATE' OR NEW.token <> OLD.token OR NEW.name IS NOT NULL THEN
        RAISE EXCEPTION 'a name is forgotten, or stays as it is' USING ERRCODE = '23000';
    END IF;
    RETURN NEW;
END $body$;

CREATE TRIGGER a_one_writer BEFORE INSERT ON stored_events FOR EACH STATEMENT EXECUTE FUNCTION one_writer_at_a_time();
CREATE TRIGGER b_seal BEFORE INSERT ON stored_events FOR EACH ROW EXECUTE FUNCTION seal_event();
CREATE TRIGGER c_tell AFTER INSERT ON stored_events FOR EACH STATEMENT EXECUTE FUNCTION tell_followers();
CREATE TRIGGER names_are_only_forgotten BEFORE UPDATE OR DELETE ON names
    FOR EACH ROW EXECUTE FUNCTION names_are_only_forgotten();
"""

APPEND_ONLY: Final = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION append_only();
"""

APPEND: Final = r"""
CREATE FUNCTION append_events(streams uuid[], versions bigint[], topics text[], states bytea[],
                              read_streams uuid[], read_versions bigint[],
                              OUT positions bigint[], OUT refused text) LANGUAGE plpgsql AS $body$
DECLARE
    position bigint;
BEGIN
    FOR i IN 1 .. coalesce(array_length(read_streams, 1), 0) LOOP
        IF EXISTS (SELECT 1 FROM {schema}.stored_events
                   WHERE originator_id = read_streams[i] AND originator_version = read_versions[i] + 1) THEN
            refused := 'what this was decided on has changed';
            RETURN;
        END IF;
    END LOOP;
    positions := '{{}}';
    FOR i IN 1 .. coalesce(array_length(streams, 1), 0) LOOP
        INSERT INTO {schema}.stored_events (originator_id, originator_version, topic, state)
        VALUES (streams[i], versions[i], topics[i], states[i])
        RETURNING notification_id INTO position;
        positions := positions || position;
    END LOOP;
EXCEPTION WHEN integrity_constraint_violation OR unique_violation THEN
    positions := NULL;
    refused := SQLERRM;
END $body$;
"""
"""All of an append or none of it, in one round trip, without undoing the rest of the transaction."""

GUARDS: Final = (
    "stored_events.a_one_writer",
    "stored_events.b_seal",
    "stored_events.c_tell",
    "names.names_are_only_forgotten",
    *(
        f"{table}.{table}_is_{rule}"
        for table in ("stored_events", "chain_start", "log_format")
        for rule in ("append_only", "never_emptied")
    ),
)
"""Every trigger that a log has, switched on."""


def statements(schema: str) -> str:
    """What makes a log in *schema*, which is there already and empty, and on the search path."""
    names = {"schema": schema, "channel": schema, "lock": LOCK.format(schema=schema)}
    guarded = ("stored_events", "chain_start", "log_format")
    return "".join((
        TABLES,
        RULES.format(**names),
        *(APPEND_ONLY.format(table=table) for table in guarded),
        APPEND.format(**names),
    ))  # fmt: skip
