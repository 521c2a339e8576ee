package openresponses

import (
	"encoding/json"
	"slices"
)

// toolChoice says which tools a model may or must call. It is echoed as it came.
type toolChoice struct {
	mode    string   // "auto", "none", "required", or the name of a tool
	allowed []string // names; nil: all tools
	echo    json.RawMessage
}

func (c toolChoice) MarshalJSON() ([]byte, error) { return c.echo, nil }

// allows tells whether a model is shown the tool of this name.
func (c toolChoice) allows(name string) bool {
	return c.mode != "none" && (c.allowed == nil || slices.Contains(c.allowed, name))
}

func decodeToolChoice(raw json.RawMessage, tools []tool) (toolChoice, error) {
	if absent(raw) {
		return toolChoice{mode: "auto", echo: json.RawMessage(`"auto"`)}, nil
	}
	if isString(raw) {
		c := toolChoice{echo: raw}
		if err := decode(raw, &c.mode, "tool_choice"); err != nil {
			return c, err
		}
		if c.mode == "required" && len(tools) == 0 {
			return c, invalid("tool_choice", "Invalid 'tool_choice': 'required' needs at least one tool.")
		}
		if c.mode == "" {
			return c, missing("tool_choice")
		}
		return c, checkEnum("tool_choice", c.mode, "auto", "none", "required")
	}
	var choice struct {
		Type  string            `json:"type"`
		Name  string            `json:"name"`
		Mode  string            `json:"mode"`
		Tools []json.RawMessage `json:"tools"`
	}
	if err := decode(raw, &choice, "tool_choice"); err != nil {
		return toolChoice{}, err
	}
	if choice.Type == "allowed_tools" {
		return allowedTools(choice.Mode, choice.Tools, tools)
	}
	return namedTool(choice.Type, choice.Name, "tool_choice", tools)
}

// namedTool is {"type":"function","name":…} or {"type":"file_search"}.
func namedTool(kind, name, path string, tools []tool) (toolChoice, error) {
	var echo any
	switch kind {
	case "function":
		echo = struct {
			Type string `json:"type"`
			Name string `json:"name"`
		}{kind, name}
	case "file_search":
		name = FileSearchName
		echo = struct {
			Type string `json:"type"`
		}{kind}
	case "":
		return toolChoice{}, missing(join(path, "type"))
	default:
		return toolChoice{}, invalid(join(path, "type"), "Invalid value: '%.100s'. Supported values are: 'function', 'file_search', 'allowed_tools'.", kind)
	}
	if !slices.ContainsFunc(tools, func(t tool) bool { return t.toolName() == name }) {
		return toolChoice{}, invalid(path, "Invalid '%s': there is no tool '%.100s' among the tools.", path, name)
	}
	b, err := json.Marshal(echo)
	return toolChoice{mode: name, echo: b}, err
}

func allowedTools(mode string, raws []json.RawMessage, tools []tool) (toolChoice, error) {
	if mode == "" {
		mode = "auto"
	}
	c := toolChoice{mode: mode, allowed: []string{}}
	if err := checkEnum("tool_choice.mode", mode, "auto", "none", "required"); err != nil {
		return c, err
	}
	if len(raws) == 0 {
		return c, missing("tool_choice.tools")
	}
	echo := struct {
		Type  string       `json:"type"`
		Mode  string       `json:"mode"`
		Tools []toolChoice `json:"tools"`
	}{"allowed_tools", mode, nil}
	for i, raw := range raws {
		path := at("tool_choice.tools", i)
		var t struct {
			Type string `json:"type"`
			Name string `json:"name"`
		}
		if err := decode(raw, &t, path); err != nil {
			return c, err
		}
		named, err := namedTool(t.Type, t.Name, path, tools)
		if err != nil {
			return c, err
		}
		c.allowed = append(c.allowed, named.mode)
		echo.Tools = append(echo.Tools, named)
	}
	b, err := json.Marshal(echo)
	c.echo = b
	return c, err
}
