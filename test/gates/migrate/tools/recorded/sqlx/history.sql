CREATE TABLE public._sqlx_migrations (
version bigint NOT NULL,
description text NOT NULL,
installed_on timestamp with time zone DEFAULT now() NOT NULL,
success boolean NOT NULL,
checksum bytea NOT NULL,
execution_time bigint NOT NULL
);
INSERT INTO public._sqlx_migrations VALUES (3, 'old-style a', '2026-11-21 12:54:24.317667+00', true, '\x72d46c415f512de0e67a320e40a4036c03e10c8e063ebab3092ef713d728eb4fe9aa50de0d5c530367998858ee328f86', 3487637);
INSERT INTO public._sqlx_migrations VALUES (20250101000000, 'events', '2026-11-21 12:54:24.321531+00', true, '\xf04bfdf0c813cd4a57674a681e9a464bcca0e51d68170050a41cb6887fc629706d66a65f90027d99aade81a290e3b2c7', 3361517);
INSERT INTO public._sqlx_migrations VALUES (20250102000000, 'index', '2026-11-21 12:54:24.325961+00', true, '\xbc92b3921d9f3e06536199c310ba15cbf980b0e2d69cd63a2454bb6998a3b688d72fc21a0f077dc3a735fb70dcff2bf8', 985530);
ALTER TABLE ONLY public._sqlx_migrations
ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
