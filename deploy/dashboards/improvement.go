package main

const agentHere = `instance=~"$instance", gen_ai_agent_name=~"$agent"`

var improvement = dashboard{
	name: "improvement", title: "Hone: improvement",
	description: "What rounds decided, what is on trial, whether the judge may decide alone, and what is left to spend.",
	variables:   []variable{anyInstance, anyAgent},
	rows: []row{
		{"Prompts", []panel{
			{
				title: "Prompt in use", draw: states, unit: plain, width: 12,
				description: "The version of each agent's prompt. A step up is a promotion or a person's edit, a step back a return.",
				queries:     one(`max by (gen_ai_agent_name) (hone_prompt_version{`+agentHere+`})`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Evidence against the prompt on trial", unit: plain, width: 12, limits: red(25), runbook: "prompt-returned",
				description: "To 1, that the old prompt is better than the one on trial. At 25 the old one is put back by itself; values below 1 speak for the new one. 0: none is on trial.",
				queries:     one(`max by (gen_ai_agent_name) (hone_rollout_evidence{`+agentHere+`})`, "{{gen_ai_agent_name}}"),
			},
		}},
		{"Rounds", []panel{
			{
				title: "Rounds by verdict", draw: stacked, unit: plain, runbook: "round-failed",
				description: "Rounds that ended within a day.",
				queries:     one(`sum by (hone_round_verdict) (increase(hone_rounds_total{`+agentHere+`}[1d]))`, "{{hone_round_verdict}}"),
			},
			{
				title: "Time of a round", unit: seconds,
				description: "Half of the rounds of a day ended within this time, by agent.",
				queries: []query{{
					expr:   `histogram_quantile(0.5, sum by (le, gen_ai_agent_name) (increase(hone_round_duration_seconds_bucket{` + agentHere + `}[1d])))`,
					legend: "{{gen_ai_agent_name}}", traces: true,
				}},
			},
			{
				title: "Notices", unit: plain, runbook: "prompt-returned",
				description: "What people were told within a day: promoted, waiting (for approval), failed, returned (the old prompt is back), settled (a trial ended well), overruled (a person ended it).",
				queries:     one(`sum by (hone_notice_kind) (increase(hone_notices_total{`+agentHere+`}[1d]))`, "{{hone_notice_kind}}"),
			},
			{
				title: "Waits for a person", unit: plain,
				description: "Rounds that wait for approval, and proposed cases that wait to be accepted.",
				queries:     one(`max by (hone_queue) (hone_queue_depth{`+here+`, hone_queue=~"approvals|cases"})`, "{{hone_queue}}"),
			},
			{
				title: "Rounds that wait for Hone", unit: plain, limits: red(10), runbook: "queue-growing",
				description: "Jobs of rounds, and notices that are to be delivered.",
				queries:     one(`max by (hone_queue) (hone_queue_depth{`+here+`, hone_queue=~"rounds|notices"})`, "{{hone_queue}}"),
			},
			{
				title: "Model calls of rounds", draw: stacked, unit: perSecond,
				description: "Calls of the judge and the rewriter.",
				queries:     one(`sum by (hone_role, gen_ai_request_model) (rate(hone_model_calls_total{`+here+`, hone_role=~"judge|rewriter|writer"}[$__rate_interval]))`, "{{hone_role}}, {{gen_ai_request_model}}"),
			},
		}},
		{"What is left, and whom to trust", []panel{
			{
				title: "Error budget of the gate", unit: share, good: true, limits: greenFrom(0.05, 0.2), atMost: 1,
				description: "Share that no entry to the gate has spent yet. The less is left, the stronger the evidence that a promotion takes; a promotion gives most of it back.",
				queries:     one(`min by (gen_ai_agent_name) (hone_gate_error_budget_left_ratio{`+agentHere+`})`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Budget of the last round", unit: share, good: true, limits: greenFrom(0, 0.1), atMost: 1, runbook: "budget-exhausted",
				description: "Share of its tokens or dollars that were left when it was last looked at.",
				queries:     one(`min by (gen_ai_agent_name) (hone_budget_left_ratio{`+agentHere+`})`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Rounds that ran out of budget", unit: plain, limits: red(1), runbook: "budget-exhausted",
				description: "Within six hours. They end without a decision.",
				queries:     one(`sum by (gen_ai_agent_name) (increase(hone_budget_exhausted_total{`+agentHere+`}[6h]))`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Judge trusted", draw: states, unit: plain, width: 12, runbook: "judge-drifted", good: true, limits: []limit{{1, "green"}},
				description: "1: what passes the gate is promoted by itself. 0: it waits for a person, since the judge was never calibrated, may favour candidates too much, or has drifted.",
				queries:     one(`min by (gen_ai_agent_name, hone_judge) (hone_judge_trusted{`+agentHere+`})`, "{{gen_ai_agent_name}}: {{hone_judge}}"),
			},
			{
				title: "Judge's drift", unit: share, width: 12, runbook: "judge-drifted",
				description: "Share of the judge's decisions on fixed answers that are other ones than when it was calibrated. Whether that is too many is a test's matter, not a fixed line's.",
				queries:     one(`max by (gen_ai_agent_name, hone_judge) (hone_judge_drift_ratio{`+agentHere+`})`, "{{gen_ai_agent_name}}: {{hone_judge}}"),
			},
		}},
	},
}
