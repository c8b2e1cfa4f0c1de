package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// ParseYAML reads a YAML document as the JSON that it stands for. What JSON cannot say is an
// error, and so are merge keys, and what is too deep or too large.
func ParseYAML(data []byte) (v *Value, err error) {
	if separators(data) > maxValues {
		return nil, errTooMany // the parser takes some hundred bytes for each
	}
	defer func() {
		if broken := recover(); broken != nil { // the parser has had such faults
			v, err = nil, fmt.Errorf("it is not valid YAML: %v", broken)
		}
	}()
	var root yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
		return nil, errors.New("it is an empty YAML document")
	} else if err != nil {
		return nil, invalid(data, err)
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, errors.New("it is more than one YAML document")
	} else if !errors.Is(err, io.EOF) {
		return nil, invalid(data, err)
	}
	c := converter{}
	return c.value(&root, 0)
}

// longName is a line that may start with a name which is too long for the parser.
var longName = regexp.MustCompile(`(?m)^[^\n?#]{1000}`)

// invalid words an error of the parser, which says of a name that is too long where there is
// a colon, or none, and not why that is wrong.
func invalid(data []byte, err error) error {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	if (strings.Contains(said, "expected ':'") || strings.Contains(said, "mapping values")) && longName.Match(data) {
		said += " (a name of more than 1024 characters has to follow a question mark)"
	}
	return fmt.Errorf("it is neither JSON nor valid YAML: %s", said)
}

// separators counts the bytes of which each YAML value but the first has one before it.
func separators(data []byte) int {
	n := 0
	for _, b := range data {
		if strings.IndexByte(",:\n-?[{", b) >= 0 {
			n++
		}
	}
	return n
}

// converter counts, because an alias can stand for more than is written.
type converter struct{ values int }

func (c *converter) value(n *yaml.Node, depth int) (*Value, error) {
	if c.values++; c.values > maxValues {
		return nil, errTooMany
	}
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return c.value(n.Content[0], depth)
	case yaml.AliasNode:
		return c.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		v := &Value{Kind: Array}
		for _, item := range n.Content {
			converted, err := c.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, converted)
		}
		return v, nil
	case yaml.MappingNode:
		return c.mapping(n, depth)
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil, errors.New("it is an empty YAML document")
}

func (c *converter) mapping(n *yaml.Node, depth int) (*Value, error) {
	v := &Value{Kind: Object}
	names := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: the name of a member is not a text", key.Line)
		case key.Tag == "!!merge":
			return nil, fmt.Errorf("line %d: a merge key (<<) is not supported", key.Line)
		case names[key.Value]:
			return nil, fmt.Errorf("line %d: the member %q is there twice", key.Line, key.Value)
		}
		names[key.Value] = true
		member, err := c.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		v.Members = append(v.Members, Member{key.Value, member})
	}
	return v, nil
}

func scalar(n *yaml.Node) (*Value, error) {
	switch n.Tag {
	case "!!null":
		return &Value{Kind: Null, literal: "null"}, nil
	case "!!bool":
		return Flag(strings.EqualFold(n.Value, "true")), nil
	case "!!int":
		var i int64
		if err := n.Decode(&i); err == nil {
			return &Value{Kind: Number, literal: strconv.FormatInt(i, 10)}, nil
		}
		fallthrough
	case "!!float":
		var f float64
		if err := n.Decode(&f); err != nil || f-f != 0 {
			return nil, fmt.Errorf("line %d: %q is no number that JSON has", n.Line, n.Value)
		}
		return &Value{Kind: Number, literal: strconv.FormatFloat(f, 'g', -1, 64)}, nil
	}
	return Text(n.Value), nil
}
