INSERT INTO sources VALUES ('vs_old', 'old', 'folder', '/old', '{"team":"search"}', '2026-03-01 09:00:00.123456+00', NULL, 2);
INSERT INTO files VALUES ('file-old', 'old.md', 'assistants', 3, '2026-03-01 09:00:00.123456+00', false, 'old');
INSERT INTO segments VALUES (1, 'vs_old', 2, 'seg');
INSERT INTO segment_deletes VALUES (1, 0);
INSERT INTO documents VALUES (2, 'vs_old', 'file-old', 'old.md', 'Old', 'https://docs.example/old', 'abc',
    '{"kind":"runbook"}', '{sre}', 1, 3, '2026-03-01 09:00:00.123456+00', 1, 1);
INSERT INTO chunks VALUES (2, 0, '["Old","Steps"]', 'steps', 1, 2, 'old');
INSERT INTO vector_models VALUES (1, 'm', 2);
INSERT INTO vectors VALUES (2, 0, 1, '[1,0]');
CREATE INDEX vectors_1 ON vectors USING hnsw ((embedding::vector(2)) vector_cosine_ops) WHERE model = 1;
SELECT setval(pg_get_serial_sequence('segments', 'id'), 1), setval(pg_get_serial_sequence('documents', 'rev'), 2),
    setval(pg_get_serial_sequence('vector_models', 'id'), 1);
