package agents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a set's text, in bytes; maxDepth how deep its values nest.
const (
	maxFile  = 1 << 20
	maxDepth = 8
)

// tree reads YAML or JSON into nodes that know their lines. JSON is read as
// JSON: it may be indented by tabs, which YAML does not know.
func tree(data []byte) (*yaml.Node, error) {
	if len(data) > maxFile {
		return nil, Problem{Text: fmt.Sprintf("the text has %d bytes; at most %d are read", len(data), maxFile)}.err()
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if text := bytes.TrimLeft(data, " \t\r\n"); len(text) > 0 && text[0] == '{' {
		return jsonTree(data)
	}
	return yamlTree(data)
}

func (p Problem) err() error { return Problems{p} }

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

func yamlTree(data []byte) (*yaml.Node, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, Problem{Text: "there is nothing in it"}.err()
	} else if err != nil {
		m := yamlLine.FindStringSubmatch(err.Error())
		line, _ := strconv.Atoi(m[1]) // empty: not known
		return nil, Problem{Line: line, Text: "this is not YAML: " + err.Error()[len(m[0]):]}.err()
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, Problem{Line: more.Line, Text: "a second document begins here; one is read"}.err()
	}
	return doc.Content[0], nil
}

// jsonTree makes the nodes that YAML would be read into.
func jsonTree(data []byte) (*yaml.Node, error) {
	r := jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	n, err := r.value(0)
	if err == nil {
		if _, after := r.dec.Token(); !errors.Is(after, io.EOF) {
			err = errors.New("something stands behind the object")
		}
	}
	if err != nil {
		return nil, Problem{Line: r.line(), Text: "this is not JSON: " + err.Error()}.err()
	}
	return n, nil
}

type jsonReader struct {
	data []byte
	dec  *json.Decoder
}

// line is where the last token ended.
func (r *jsonReader) line() int {
	return 1 + bytes.Count(r.data[:min(int(r.dec.InputOffset()), len(r.data))], []byte("\n"))
}

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	t, err := r.dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line()}
	switch t := t.(type) {
	case json.Delim:
		if depth >= maxDepth {
			return nil, errors.New("it is nested too deep")
		}
		return n, r.inner(n, t, depth+1)
	case string:
		n.Tag, n.Value = "!!str", t
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
		if _, err := t.Int64(); err == nil {
			n.Tag = "!!int"
		}
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(t)
	case nil:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}

// inner reads what an object or a list holds, to its end.
func (r *jsonReader) inner(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind = yaml.MappingNode
	if open == '[' {
		n.Kind = yaml.SequenceNode
	}
	for r.dec.More() {
		child, err := r.value(depth)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
	if n.Kind == yaml.MappingNode && len(n.Content)%2 != 0 {
		return io.ErrUnexpectedEOF
	}
	_, err := r.dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// YAML writes an agent as a person would write it into a file.
func (a Agent) YAML() ([]byte, error) {
	b, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", a.Name, err)
	}
	n, err := jsonTree(b)
	if err != nil {
		return nil, fmt.Errorf("agent %s: %w", a.Name, err)
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(n), e.Close()); err != nil {
		return nil, fmt.Errorf("agent %s: %w", a.Name, err)
	}
	return out.Bytes(), nil
}
