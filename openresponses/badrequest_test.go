package openresponses_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// Bad requests are answered 400 and name the field; none is answered 500.
func TestBadRequests(t *testing.T) {
	w := newWorld(t)
	const tool = `{"type":"file_search","vector_store_ids":["vs_1"]%s}`
	long := strings.Repeat("x", 600)
	tests := []struct {
		fields string // beside the model and the input
		param  string
	}{
		{`"model":7`, "model"},
		{`"model":""`, "model"},
		{`"input":7`, "input"},
		{`"input":null`, "input"},
		{`"input":{}`, "input"},
		{`"input":[7]`, "input[0]"},
		{`"input":[{}]`, "input[0].type"},
		{`"input":[{"type":"video"}]`, "input[0].type"},
		{`"input":[{"role":"user"}]`, "input[0].content"},
		{`"input":[{"role":"robot","content":"x"}]`, "input[0].role"},
		{`"input":[{"type":"message","content":"x"}]`, "input[0].role"},
		{`"input":[{"role":"user","content":7}]`, "input[0].content"},
		{`"input":[{"role":"user","content":[{"type":"input_text"}]}]`, "input[0].content[0].text"},
		{`"input":[{"role":"user","content":[{"text":"x"}]}]`, "input[0].content[0].type"},
		{`"input":[{"role":"user","content":[{"type":"poem","text":"x"}]}]`, "input[0].content[0].type"},
		{`"input":[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]`, "input[0].content[0].type"},
		{`"input":[{"role":"user","content":"x","status":"odd"}]`, "input[0].status"},
		{`"input":[{"role":"assistant","content":[{"type":"refusal"}]}]`, "input[0].content[0].refusal"},
		{`"input":[{"type":"function_call","name":"f","arguments":"{}"}]`, "input[0].call_id"},
		{`"input":[{"type":"function_call","call_id":"c","arguments":"{}"}]`, "input[0].name"},
		{`"input":[{"type":"function_call","call_id":"c","name":"a b","arguments":"{}"}]`, "input[0].name"},
		{`"input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]`, "input[0].arguments"},
		{`"input":[{"type":"function_call_output","output":"x"}]`, "input[0].call_id"},
		{`"input":[{"type":"function_call_output","call_id":"c"}]`, "input[0].output"},
		{`"input":[{"type":"function_call_output","call_id":"c","output":"x"}]`, "input[0]"},
		{`"input":[{"type":"function_call_output","call_id":"` + long + `","output":"x"}]`, "input[0].call_id"},
		{`"input":[{"type":"file_search_call","id":"fs_1","queries":"x"}]`, "input[0].queries"},
		{`"input":[{"type":"item_reference"}]`, "input[0].id"},
		{`"instructions":[]`, "instructions"},
		{`"previous_response_id":7`, "previous_response_id"},
		{`"previous_response_id":"resp_1","conversation":"conv_1"`, "previous_response_id"},
		{`"conversation":7`, "conversation"},
		{`"conversation":{}`, "conversation.id"},
		{`"background":true`, "background"},
		{`"prompt":{}`, "prompt.id"},
		{`"prompt":"x"`, "prompt"},
		{`"prompt":{"id":"p","version":"0"}`, "prompt.version"},
		{`"prompt":{"id":"p","variables":{"a":7}}`, "prompt.variables.a"},
		{`"tools":{}`, "tools"},
		{`"tools":[{}]`, "tools[0].type"},
		{`"tools":[7]`, "tools[0]"},
		{`"tools":[{"type":"web_search"}]`, "tools[0].type"},
		{`"tools":[{"type":"function"}]`, "tools[0].name"},
		{`"tools":[{"type":"function","name":"a b"}]`, "tools[0].name"},
		{`"tools":[{"type":"function","name":"f","parameters":7}]`, "tools[0].parameters"},
		{`"tools":[{"type":"function","name":"f"},{"type":"function","name":"f"}]`, "tools[1]"},
		{`"tools":[{"type":"file_search"}]`, "tools[0].vector_store_ids"},
		{`"tools":[{"type":"file_search","vector_store_ids":[""]}]`, "tools[0].vector_store_ids[0]"},
		{`"tools":[` + strings.Replace(tool, "%s", `,"max_num_results":51`, 1) + `]`, "tools[0].max_num_results"},
		{`"tools":[` + strings.Replace(tool, "%s", `,"max_num_results":0`, 1) + `]`, "tools[0].max_num_results"},
		{`"tools":[` + strings.Replace(tool, "%s", `,"ranking_options":{"score_threshold":-1}`, 1) + `]`, "tools[0].ranking_options.score_threshold"},
		{`"tools":[` + strings.Replace(tool, "%s", `,"filters":{"type":"like","key":"a","value":"b"}`, 1) + `]`, "tools[0].filters"},
		{`"tools":[` + strings.Replace(tool, "%s", `,"filters":{"type":"and","filters":[]}`, 1) + `]`, "tools[0].filters"},
		{`"tool_choice":"maybe"`, "tool_choice"},
		{`"tool_choice":""`, "tool_choice"},
		{`"tool_choice":"required"`, "tool_choice"},
		{`"tool_choice":{"type":"function","name":"f"}`, "tool_choice"},
		{`"tool_choice":{"type":"odd"}`, "tool_choice.type"},
		{`"tool_choice":{}`, "tool_choice.type"},
		{`"tool_choice":{"type":"allowed_tools","tools":[]}`, "tool_choice.tools"},
		{`"tool_choice":{"type":"allowed_tools","mode":"odd","tools":[]}`, "tool_choice.mode"},
		{`"tool_choice":{"type":"allowed_tools","tools":[{"type":"function","name":"f"}]}`, "tool_choice.tools[0]"},
		{`"parallel_tool_calls":"yes"`, "parallel_tool_calls"},
		{`"max_tool_calls":0`, "max_tool_calls"},
		{`"max_tool_calls":1.5`, "max_tool_calls"},
		{`"max_output_tokens":0`, "max_output_tokens"},
		{`"max_output_tokens":-1`, "max_output_tokens"},
		{`"temperature":2.1`, "temperature"},
		{`"temperature":"hot"`, "temperature"},
		{`"top_p":1.1`, "top_p"},
		{`"presence_penalty":3`, "presence_penalty"},
		{`"frequency_penalty":-3`, "frequency_penalty"},
		{`"top_logprobs":21`, "top_logprobs"},
		{`"text":{"format":{}}`, "text.format.type"},
		{`"text":{"format":{"type":"xml"}}`, "text.format.type"},
		{`"text":{"format":{"type":"json_schema"}}`, "text.format.name"},
		{`"text":{"format":{"type":"json_schema","name":"n"}}`, "text.format.schema"},
		{`"text":{"format":{"type":"json_schema","name":"n","schema":[]}}`, "text.format.schema"},
		{`"text":{"verbosity":"loud"}`, "text.verbosity"},
		{`"reasoning":{"effort":"much"}`, "reasoning.effort"},
		{`"truncation":"middle"`, "truncation"},
		{`"service_tier":"gold"`, "service_tier"},
		{`"include":["everything"]`, "include[0]"},
		{`"include":"x"`, "include"},
		{`"metadata":{"a":1}`, "metadata"},
		{`"metadata":{"a":"` + long + `"}`, "metadata.a"},
		{`"metadata":{"` + long + `":"a"}`, "metadata"},
		{`"metadata":{` + strings.TrimSuffix(manyKeys(17), ",") + `}`, "metadata"},
		{`"store":"no"`, "store"},
		{`"stream":"yes"`, "stream"},
		{`"safety_identifier":"` + long + `"`, "safety_identifier"},
		{`"prompt_cache_key":"` + long + `"`, "prompt_cache_key"},
	}
	for _, test := range tests {
		body := `{"model":"scripted","input":"Hi",` + test.fields + `}`
		status, _, answer := w.send(t, "POST", "/v1/responses", body)
		var e errorAnswer
		if err := json.Unmarshal([]byte(answer), &e); err != nil {
			t.Errorf("%s: %v", test.fields, err)
			continue
		}
		param := ""
		if e.Error.Param != nil {
			param = *e.Error.Param
		}
		if status != 400 || param != test.param || e.Error.Type != "invalid_request_error" || e.Error.Message == "" {
			t.Errorf("%.80s: %d %s", test.fields, status, answer)
		}
	}
	if len(w.model.asked) > 0 {
		t.Errorf("the model was asked %d times", len(w.model.asked))
	}
}

type errorAnswer struct {
	Error struct {
		Message, Type, Code string
		Param               *string
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"k` + strings.Repeat("x", i) + `":"v",`)
	}
	return b.String()
}

// Wrong in other ways.
func TestBadRequestsElsewhere(t *testing.T) {
	w := newWorld(t)
	deep := strings.Repeat(`{"type":"and","filters":[`, 2000) + strings.Repeat(`]}`, 2000)
	tests := []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", "/v1/responses", ``, 400, "invalid_json"},
		{"POST", "/v1/responses", `{`, 400, "invalid_json"},
		{"POST", "/v1/responses", `[]`, 400, "invalid_type"},
		{"POST", "/v1/responses", `"x"`, 400, "invalid_type"},
		{"POST", "/v1/responses", `null`, 400, "missing_required_parameter"},
		{"POST", "/v1/responses", "{\"model\":\"\xff\"}", 400, "invalid_json"},
		{"POST", "/v1/responses", `{"model":"scripted","input":"x"} {}`, 400, "invalid_json"},
		{"POST", "/v1/responses", `{"model":"scripted","input":"x\u0000"}`, 400, "invalid_value"},
		{"POST", "/v1/conversations", `{"metadata":{"a":"\\\u0000"}}`, 400, "invalid_value"},
		{"POST", "/v1/responses", `{"model":"other","input":"x"}`, 404, "model_not_found"},
		{"POST", "/v1/responses", `{"model":"scripted","input":"x","conversation":"conv_1"}`, 404, "not_found"},
		{"POST", "/v1/responses", `{"model":"scripted","input":"` + strings.Repeat("x", 17<<20) + `"}`, 413, "request_too_large"},
		{"POST", "/v1/responses", `{"model":"scripted","input":"x","tools":[{"type":"file_search","vector_store_ids":["v"],"filters":` + deep + `}]}`, 400, "invalid_value"},
		{"PUT", "/v1/responses", `{}`, 405, "method_not_allowed"},
		{"GET", "/v1/responses", ``, 405, "method_not_allowed"},
		{"GET", "/v1/responses/resp_1", ``, 404, "not_found"},
		{"GET", "/v1/responses/resp_1?stream=true", ``, 400, "unsupported_value"},
		{"POST", "/v1/responses/resp_1/cancel", ``, 404, "not_found"},
		{"GET", "/v1/responses/resp_1/input_items?limit=0", ``, 400, "invalid_value"},
		{"GET", "/v1/responses/resp_1/input_items?order=up", ``, 400, "invalid_value"},
		{"GET", "/v1/nothing", ``, 404, "not_found"},
		{"GET", "/", ``, 404, "not_found"},
		{"GET", "/v1/conversations/conv_1", ``, 404, "not_found"},
		{"POST", "/v1/conversations", `{"items":[{}]}`, 400, "missing_required_parameter"},
		{"POST", "/v1/conversations", `{"items":[{"type":"item_reference","id":"x"}]}`, 400, "unsupported_value"},
		{"POST", "/v1/conversations", `{"metadata":7}`, 400, "invalid_type"},
		{"POST", "/v1/conversations/conv_1/items", `{}`, 404, "not_found"},
		{"GET", "/v1/conversations/conv_1/items", ``, 404, "not_found"},
		{"DELETE", "/v1/conversations/conv_1/items/x", ``, 404, "not_found"},
		{"GET", "/v1/files/file-1", ``, 404, "not_found"},
		{"GET", "/v1/files/file-1/content", ``, 404, "not_found"},
		{"DELETE", "/v1/files/file-1", ``, 404, "not_found"},
		{"GET", "/v1/files?limit=x", ``, 400, "invalid_value"},
		{"GET", "/v1/files?after=file-1", ``, 400, "invalid_value"},
		{"POST", "/v1/vector_stores", `{"file_ids":["file-1"]}`, 404, "not_found"},
		{"POST", "/v1/vector_stores", `{"expires_after":{"anchor":"last_active_at","days":1}}`, 400, "unsupported_value"},
		{"POST", "/v1/vector_stores", `{"chunking_strategy":{"type":"odd"}}`, 400, "invalid_value"},
		{"GET", "/v1/vector_stores/vs_1", ``, 404, "not_found"},
		{"POST", "/v1/vector_stores/vs_1", `{}`, 404, "not_found"},
		{"DELETE", "/v1/vector_stores/vs_1", ``, 404, "not_found"},
		{"POST", "/v1/vector_stores/vs_1/search", `{"query":"x"}`, 404, "not_found"},
		{"POST", "/v1/vector_stores/docs/search", `{}`, 400, "missing_required_parameter"},
		{"POST", "/v1/vector_stores/docs/search", `{"query":[]}`, 400, "invalid_value"},
		{"POST", "/v1/vector_stores/docs/search", `{"query":""}`, 400, "invalid_value"},
		{"POST", "/v1/vector_stores/docs/search", `{"query":7}`, 400, "invalid_type"},
		{"POST", "/v1/vector_stores/docs/search", `{"query":"x","max_num_results":51}`, 400, "invalid_value"},
		{"POST", "/v1/vector_stores/docs/search", `{"query":"x","filters":{"type":"eq"}}`, 400, "invalid_value"},
		{"POST", "/v1/vector_stores/docs/files", `{}`, 400, "missing_required_parameter"},
		{"POST", "/v1/vector_stores/docs/files", `{"file_id":"file-1"}`, 404, "not_found"},
		{"GET", "/v1/vector_stores/docs/files?filter=odd", ``, 400, "invalid_value"},
		{"GET", "/v1/vector_stores/docs/files/file-1", ``, 404, "not_found"},
		{"POST", "/v1/vector_stores/docs/files/file-1", `{"attributes":{}}`, 404, "not_found"},
		{"DELETE", "/v1/vector_stores/docs/files/file-1", ``, 404, "not_found"},
		{"GET", "/v1/models/other", ``, 404, "model_not_found"},
	}
	for _, test := range tests {
		status, header, answer := w.send(t, test.method, test.path, test.body)
		var e errorAnswer
		if err := json.Unmarshal([]byte(answer), &e); err != nil {
			t.Errorf("%s %s: %v in %q", test.method, test.path, err, answer)
			continue
		}
		if status != test.status || e.Error.Code != test.code || e.Error.Message == "" {
			t.Errorf("%s %s %.60s: %d %s", test.method, test.path, test.body, status, answer)
		}
		if status == 405 && header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", test.method, test.path)
		}
	}
}

// What clients send beyond what we know is ignored; null means absent.
func TestLenient(t *testing.T) {
	w := newWorld(t, says("a"), says("b"), says("c"), says("d"))
	for _, body := range []string{
		`{"model":"scripted","input":"the text \\u0000 and \\\\u0000"}`,
		`{"model":"scripted","input":"x","stream_options":{"include_obfuscation":false},"moderation":null,"new_field":{"a":[1]}}`,
		`{"model":"scripted","input":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]},{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}],"instructions":null,"tools":null,"tool_choice":null,"metadata":null,"temperature":null,"top_p":null,"text":null,"reasoning":null,"previous_response_id":null,"conversation":null,"prompt":null,"max_output_tokens":null,"max_tool_calls":null,"store":null,"stream":null,"include":null,"truncation":null,"service_tier":null,"parallel_tool_calls":null,"background":null,"user":null}`,
		`{"model":"scripted","input":"x","text":{"format":{"type":"text"},"verbosity":"low"},"reasoning":{"effort":"low","summary":"auto"},"service_tier":"auto","truncation":"auto","include":["reasoning.encrypted_content"],"user":"u","safety_identifier":"s","prompt_cache_key":"p","top_logprobs":0,"temperature":0.5,"metadata":{"k":"v"}}`,
	} {
		w.plain(t, body)
	}
}
