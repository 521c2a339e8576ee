INSERT INTO agent_sets (version, agents, author, at) VALUES (1, '[{"name":"older"}]', 'operator', '2026-03-01 09:00:00.123456Z');
