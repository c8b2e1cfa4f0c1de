package ascode

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"
)

// jsonFault says where and why a text is not JSON.
type jsonFault struct {
	line int
	text string
}

// jsonNode reads JSON as YAML is read. The YAML library would not do: it knows no surrogate
// pairs, which JSON has for what is beyond the first plane.
func jsonNode(data []byte) (*yaml.Node, *jsonFault) {
	d := &jsonReader{Decoder: jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true)), data: data}
	node, err := d.value()
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			return node, nil
		}
		if err == nil {
			err = errors.New("there is more after its end")
		}
	}
	d.advance()
	return nil, &jsonFault{d.line + 1, err.Error()}
}

type jsonReader struct {
	*jsontext.Decoder
	data    []byte
	counted int64 // the offset up to which line ends have been counted
	line    int
}

// advance counts the line ends up to where the reader is.
func (d *jsonReader) advance() {
	offset := d.InputOffset()
	d.line += bytes.Count(d.data[d.counted:offset], []byte("\n"))
	d.counted = offset
}

func (d *jsonReader) value() (*yaml.Node, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	d.advance()
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: d.line + 1}
	kind := token.Kind()
	switch kind {
	case 'n':
		node.Tag = "!!null"
	case '{', '[':
		node.Kind, node.Tag = yaml.SequenceNode, "!!seq"
		if kind == '{' {
			node.Kind, node.Tag = yaml.MappingNode, "!!map"
		}
		for d.PeekKind() != '}' && d.PeekKind() != ']' {
			element, err := d.value()
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, element)
		}
		_, err = d.ReadToken()
	default:
		node.Value = token.String()
	}
	return node, err
}
