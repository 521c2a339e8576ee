INSERT INTO agent_sets (version, agents, author, at) VALUES (1, '[{"name":"older"}]', 'operator', 1772355600123456);
