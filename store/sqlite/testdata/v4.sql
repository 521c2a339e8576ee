INSERT INTO responses VALUES ('resp_old', '', 'conv_old', 1772355600123456, '[ ]', '{ }');
INSERT INTO response_files VALUES ('resp_old', 'file-x');
INSERT INTO conversations VALUES ('conv_old', 1772355600123456, '{"a":"b"}');
INSERT INTO conversation_items VALUES (1, 'conv_old', 'msg_old', '{ }');
INSERT INTO item_files VALUES (1, 'file-x');
