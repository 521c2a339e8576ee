INSERT INTO prompts VALUES (1, 'pmpt_old', 2);
INSERT INTO prompt_versions VALUES
    ('pmpt_old', 1, 'one', 'null', 1772355600123456, 'operator', ''),
    ('pmpt_old', 2, 'two', '["name"]', 1772355600123456, 'api', 'why');
INSERT INTO prompt_log VALUES
    (1, 'pmpt_old', 1772355600123456, 'activated', 1, 0, 'operator', ''),
    (2, 'pmpt_old', 1772355600123456, 'activated', 2, 1, 'api', 'why');
