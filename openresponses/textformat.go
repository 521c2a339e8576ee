package openresponses

import "encoding/json"

// textBody is the "text" of a request.
type textBody struct {
	Format *struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description *string         `json:"description"`
		Schema      json.RawMessage `json:"schema"`
		Strict      *bool           `json:"strict"`
	} `json:"format"`
	Verbosity string `json:"verbosity"`
}

// textField is the "text" of a response.
type textField struct {
	Format    textFormat `json:"format"`
	Verbosity string     `json:"verbosity,omitempty"`
}

// textFormat is {"type":"text"}, {"type":"json_object"} or a JSON Schema.
type textFormat struct {
	Type   string
	schema *schemaFormat
}

type schemaFormat struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description *string         `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Strict      bool            `json:"strict"`
}

func (f textFormat) MarshalJSON() ([]byte, error) {
	if f.schema != nil {
		return json.Marshal(f.schema)
	}
	return json.Marshal(struct {
		Type string `json:"type"`
	}{f.Type})
}

func (b *textBody) check() (textField, *Format, error) {
	field := textField{Format: textFormat{Type: "text"}}
	if b == nil {
		return field, nil, nil
	}
	if err := checkEnum("text.verbosity", b.Verbosity, "low", "medium", "high"); err != nil {
		return field, nil, err
	}
	field.Verbosity = b.Verbosity
	if b.Format == nil {
		return field, nil, nil
	}
	if b.Format.Type == "" {
		return field, nil, missing("text.format.type")
	}
	if err := checkEnum("text.format.type", b.Format.Type, "text", "json_object", "json_schema"); err != nil {
		return field, nil, err
	}
	field.Format.Type = b.Format.Type
	switch b.Format.Type {
	case "json_object":
		return field, &Format{Name: "json_object"}, nil
	case "json_schema":
		return b.checkSchema(field)
	}
	return field, nil, nil
}

func (b *textBody) checkSchema(field textField) (textField, *Format, error) {
	f := b.Format
	if err := checkFunctionName(f.Name, "text.format.name"); err != nil {
		return field, nil, err
	}
	if absent(f.Schema) {
		return field, nil, missing("text.format.schema")
	}
	if err := checkSchema(f.Schema, "text.format.schema"); err != nil {
		return field, nil, err
	}
	strict := f.Strict != nil && *f.Strict
	field.Format.schema = &schemaFormat{Type: f.Type, Name: f.Name, Description: f.Description, Schema: f.Schema, Strict: strict}
	return field, &Format{Name: f.Name, Schema: f.Schema, Strict: strict}, nil
}
