INSERT INTO sources VALUES ('vs_old', 'old', 'folder', '/old', '{"team":"search"}', 1772355600123456, 0, 2);
INSERT INTO files VALUES ('file-old', 'old.md', 'assistants', 3, 1772355600123456, 0, CAST('old' AS BLOB));
INSERT INTO segments VALUES (1, 'vs_old', 2, CAST('seg' AS BLOB));
INSERT INTO segment_deletes VALUES (1, 0);
INSERT INTO documents VALUES (2, 'vs_old', 'file-old', 'old.md', 'Old', 'https://docs.example/old', 'abc',
    '{"kind":"runbook"}', '["sre"]', 1, 3, 1772355600123456, 1, 1);
INSERT INTO chunks VALUES (2, 0, '["Old","Steps"]', 'steps', 1, 2, 'old');
INSERT INTO vectors VALUES (2, 0, 'm', x'0000803f00000000');
