CREATE TABLE public.__diesel_schema_migrations (
version character varying(50) NOT NULL,
run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
INSERT INTO public.__diesel_schema_migrations VALUES ('20240102030405', '2026-11-21 13:03:12.968646');
INSERT INTO public.__diesel_schema_migrations VALUES ('20240203040506', '2026-11-21 13:03:12.973633');
ALTER TABLE ONLY public.__diesel_schema_migrations
ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);
