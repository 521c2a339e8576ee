INSERT INTO case_ties (agent, hash, cluster, split, position) VALUES ('default', 'aa', 'cl_old', 'sealed', 3);
INSERT INTO harvested_texts (agent, hash) VALUES ('default', 'bb');
