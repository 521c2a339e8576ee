INSERT INTO case_secrets (agent, secret) VALUES ('default', x'0102');
