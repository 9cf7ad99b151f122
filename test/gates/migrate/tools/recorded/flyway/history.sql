CREATE TABLE public.flyway_schema_history (
installed_rank integer NOT NULL,
version character varying(50),
description character varying(200) NOT NULL,
type character varying(20) NOT NULL,
script character varying(1000) NOT NULL,
checksum integer,
installed_by character varying(100) NOT NULL,
installed_on timestamp without time zone DEFAULT now() NOT NULL,
execution_time integer NOT NULL,
success boolean NOT NULL
);
INSERT INTO public.flyway_schema_history VALUES (1, '1', 'events', 'SQL', 'V1__events.sql', -1376870281, 'postgres', '2026-11-21 12:54:20.726575', 11, true);
INSERT INTO public.flyway_schema_history VALUES (2, '1.9', 'cases', 'SQL', 'V1_9__cases.sql', -416147107, 'postgres', '2026-11-21 12:54:20.765352', 2, true);
INSERT INTO public.flyway_schema_history VALUES (3, '10', 'note', 'SQL', 'sub/V10__note.sql', -2083844457, 'postgres', '2026-11-21 12:54:20.775423', 2, true);
INSERT INTO public.flyway_schema_history VALUES (4, '11', 'index', 'SQL', 'V11__index.sql', 1007048536, 'postgres', '2026-11-21 12:54:20.782753', 4, true);
INSERT INTO public.flyway_schema_history VALUES (5, NULL, 'open-cases', 'SQL', 'R__open-cases.sql', -1306150000, 'postgres', '2026-11-21 12:54:20.79212', 2, true);
ALTER TABLE ONLY public.flyway_schema_history
ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank);
CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history USING btree (success);
