package openresponses

// event is a server-sent event of a response: a closed set of types.
type event interface{ header() *eventHead }

// eventHead is what every event begins with. The emitter numbers events.
type eventHead struct {
	Type           string `json:"type"`
	SequenceNumber int    `json:"sequence_number"`
}

func (h *eventHead) header() *eventHead { return h }

// responseEvent is created, in_progress, completed, incomplete or failed.
type responseEvent struct {
	eventHead
	Response *response `json:"response"`
	cause    error     // of a failure, for logs
}

// itemEvent is output_item.added or output_item.done.
type itemEvent struct {
	eventHead
	OutputIndex int  `json:"output_index"`
	Item        item `json:"item"`
}

// place says where in the output an event belongs.
type place struct {
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
}

// partEvent is content_part.added or content_part.done.
type partEvent struct {
	eventHead
	place
	Part part `json:"part"`
}

// textDeltaEvent is output_text.delta.
type textDeltaEvent struct {
	eventHead
	place
	Delta    string     `json:"delta"`
	Logprobs []struct{} `json:"logprobs"`
}

// textDoneEvent is output_text.done.
type textDoneEvent struct {
	eventHead
	place
	Text     string     `json:"text"`
	Logprobs []struct{} `json:"logprobs"`
}

// annotationEvent is output_text.annotation.added.
type annotationEvent struct {
	eventHead
	place
	AnnotationIndex int        `json:"annotation_index"`
	Annotation      annotation `json:"annotation"`
}

// callEvent is file_search_call.in_progress, searching or completed.
type callEvent struct {
	eventHead
	ItemID      string `json:"item_id"`
	OutputIndex int    `json:"output_index"`
}

// argumentsDeltaEvent is function_call_arguments.delta.
type argumentsDeltaEvent struct {
	eventHead
	ItemID      string `json:"item_id"`
	OutputIndex int    `json:"output_index"`
	Delta       string `json:"delta"`
}

// argumentsDoneEvent is function_call_arguments.done.
type argumentsDoneEvent struct {
	eventHead
	ItemID      string `json:"item_id"`
	OutputIndex int    `json:"output_index"`
	Name        string `json:"name"`
	Arguments   string `json:"arguments"`
}

func kind(s string) eventHead { return eventHead{Type: "response." + s} }
