package otel

// Setting is an environment variable that telemetry goes by.
type Setting struct{ Name, Description string }

// Settings are those variables. Where a name ends in "_", it is that of a family
// of the OpenTelemetry specification.
func Settings() []Setting {
	return []Setting{
		{"OTEL_TRACES_EXPORTER", "where spans go: `otlp`, `console`, `sqlite` (the default), `none`; several with commas"},
		{"OTEL_METRICS_EXPORTER", "where metrics go beside `/metrics`: `otlp`, `console`, `prometheus` (there in any case), `none` (the default)"},
		{"OTEL_LOGS_EXPORTER", "where log records go beside standard error: `otlp`, `console`, `none` (the default)"},
		{"TELEMETRY_SINKS", "the same in Llama Stack's words: `console`, `sqlite`, `otel_trace`, `otel_metric`"},
		{"OTEL_EXPORTER_OTLP_", "the collector: endpoint, protocol (`http/protobuf` or `grpc`), headers, certificates, compression, timeout; for one signal or for all"},
		{"OTEL_BSP_", "queue and batches of spans"},
		{"OTEL_BLRP_", "queue and batches of log records"},
		{"OTEL_METRIC_EXPORT_INTERVAL", "milliseconds between exports of metrics: 60000"},
		{"OTEL_TRACES_SAMPLER", "which runs are recorded; all are where it is not set, whatever the caller's traceparent says"},
		{"OTEL_PROPAGATORS", "how traces come in and go out: `tracecontext,baggage`"},
		{"OTEL_SERVICE_NAME", "service.name of all that is sent: `hone`"},
		{"OTEL_RESOURCE_ATTRIBUTES", "more attributes of whoever sends"},
		{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "`true`: what people, models and tools say leaves as log events; else nothing of it does"},
		{"OTEL_SDK_DISABLED", "`true`: nothing is recorded; a caller's trace is still passed on"},
		{"HONE_LOG", "level of the log: `debug`, `info`, `warn`, `error`"},
		{"HONE_LOG_FORMAT", "`text` or `json`, of the log's lines"},
		{"HONE_TRACES_DB", "the SQLite file of traces"},
		{"HONE_TRACES_KEEP", "how long traces are kept"},
		{"HONE_TRACES_SIZE", "megabytes of traces that are kept"},
		{"HONE_PRICES", "file of prices of models, of which costs are made"},
	}
}

// Message events, as RecordMessage makes them.
var messageEvents = []struct {
	event       MessageEvent
	description string
}{
	{SystemMessage, "instructions to a model"},
	{UserMessage, "what a person asked"},
	{AssistantMessage, "what a model said in an earlier turn, with its tool calls"},
	{ToolMessage, "what a tool gave back, with the id of the call"},
	{Choice, "what the model said, with its tool calls and why it stopped"},
}

// Events are the log events that carry content, with what they hold.
func Events() []Setting {
	var list []Setting
	for _, e := range messageEvents {
		list = append(list, Setting{string(e.event), e.description})
	}
	return list
}
