INSERT INTO responses VALUES ('resp_old', '', 'conv_old', '2026-03-01 09:00:00.123456+00', '[ ]', '{ }');
INSERT INTO response_files VALUES ('resp_old', 'file-x');
INSERT INTO conversations VALUES ('conv_old', '2026-03-01 09:00:00.123456+00', '{"a":"b"}');
INSERT INTO conversation_items VALUES (1, 'conv_old', 'msg_old', '{ }');
INSERT INTO item_files VALUES (1, 'file-x');
SELECT setval(pg_get_serial_sequence('conversation_items', 'seq'), 1);
