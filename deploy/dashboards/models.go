package main

const (
	calls  = `instance=~"$instance", gen_ai_provider_name=~"$provider", gen_ai_request_model=~"$model"`
	chats  = calls + `, gen_ai_operation_name="chat"`
	served = "gen_ai_provider_name, gen_ai_request_model"
	named  = "{{gen_ai_request_model}} at {{gen_ai_provider_name}}"
)

var models = dashboard{
	name: "models", title: "Hone: models and providers",
	description: "Models side by side: how fast they answer, how often they fail, how fast they write.",
	variables:   []variable{anyInstance, anyProvider, anyModel},
	rows: []row{
		{"Side by side", []panel{
			{
				title: "Models", draw: table, width: 24, unit: plain,
				description: "All models over the time shown: calls, the share that failed, seconds that 50 and 99 of 100 calls took, seconds to the first piece of 95 of 100 answers, and the tokens a second that half of the calls wrote at least.",
				queries: []query{
					{expr: `sum by (` + served + `) (increase(hone_model_calls_total{` + calls + `}[$__range]))`, legend: "calls"},
					{expr: `sum by (` + served + `) (increase(hone_model_calls_total{` + calls + `, hone_status="failed"}[$__range])) / (sum by (` + served + `) (increase(hone_model_calls_total{` + calls + `}[$__range])) > 0)`, legend: "failed", unit: share},
					{expr: `histogram_quantile(0.5, sum by (le, ` + served + `) (rate(gen_ai_client_operation_duration_seconds_bucket{` + calls + `}[$__range])))`, legend: "half within", unit: seconds},
					{expr: `histogram_quantile(0.99, sum by (le, ` + served + `) (rate(gen_ai_client_operation_duration_seconds_bucket{` + calls + `}[$__range])))`, legend: "99 of 100 within", unit: seconds},
					{expr: `histogram_quantile(0.95, sum by (le, ` + served + `) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket{` + calls + `}[$__range])))`, legend: "first piece within", unit: seconds},
					{expr: `histogram_quantile(0.5, sum by (le, ` + served + `) (rate(hone_model_tokens_per_second_bucket{` + calls + `}[$__range])))`, legend: "tokens a second"},
				},
			},
		}},
		{"Calls", []panel{
			{
				title: "Calls", unit: perSecond,
				description: "Calls of models that ended.",
				queries:     one(`sum by (`+served+`) (rate(hone_model_calls_total{`+calls+`}[$__rate_interval]))`, named),
			},
			{
				title: "Calls that failed", unit: share, limits: orangeRed(0.05, 0.5), runbook: "provider-down",
				description: "Share of a provider's calls that failed. When all do for two minutes, an alert fires.",
				queries: one(`(sum by (gen_ai_provider_name) (rate(hone_model_calls_total{`+calls+`, hone_status="failed"}[$__rate_interval])) or 0 * sum by (gen_ai_provider_name) (rate(hone_model_calls_total{`+calls+`}[$__rate_interval])))
/ (sum by (gen_ai_provider_name) (rate(hone_model_calls_total{`+calls+`}[$__rate_interval])) > 0)`, "{{gen_ai_provider_name}}"),
			},
			{
				title: "Why calls failed", draw: stacked, unit: perSecond,
				description: "By kind of error. rate_limit_exceeded: the provider refuses so many calls. provider_auth: the key is wrong.",
				queries:     one(`sum by (gen_ai_provider_name, error_type) (rate(gen_ai_client_operation_duration_seconds_count{`+calls+`, error_type!=""}[$__rate_interval]))`, "{{error_type}} at {{gen_ai_provider_name}}"),
			},
			{
				title: "Calls under way", unit: plain,
				description: "Calls that wait for a model's answer now.",
				queries:     one(`sum by (`+served+`) (hone_model_active{`+calls+`})`, named),
			},
			{
				title: "Calls by what they are for", draw: stacked, unit: perSecond,
				description: "agent answers, judge grades, rewriter proposes prompts, writer makes cases, index and search embed, client uses the OpenAI-compatible API.",
				queries:     one(`sum by (hone_role) (rate(hone_model_calls_total{`+calls+`}[$__rate_interval]))`, "{{hone_role}}"),
			},
			{
				title: "Tokens a second", unit: plain,
				description: "How fast half of the calls write at least.",
				queries:     quantileBy("0.5", "hone_model_tokens_per_second", chats, served, named),
			},
		}},
		{"Time", []panel{
			{
				title: "Half of the calls end within", unit: seconds,
				description: "The median time of a call of a model.",
				queries:     quantileBy("0.5", "gen_ai_client_operation_duration_seconds", chats, served, named),
			},
			{
				title: "99 of 100 calls end within", unit: seconds, limits: red(10), runbook: "inference-slow",
				description: "An alert fires when this is above 10 s for five minutes. Points lead to traces.",
				queries:     quantileBy("0.99", "gen_ai_client_operation_duration_seconds", chats, served, named),
			},
			{
				title: "95 of 100 first pieces come within", unit: seconds,
				description: "Time to the first piece of a streamed answer: what a person waits before anything shows.",
				queries:     quantileBy("0.95", "gen_ai_client_operation_time_to_first_chunk_seconds", chats, served, named),
			},
		}},
	},
}
